from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.admin import CompanyAdmin, CompanyInline, site
from core.services.records import Kept
from crm.models import PlanPart
from pipeline.models import LostReason, Pipeline, Stage
from pipeline.services.pipelines import refuse_deletion_of_estimated

if TYPE_CHECKING:
    StageFormSetBase = BaseInlineFormSet[Stage, Pipeline, ModelForm[Stage]]
else:
    StageFormSetBase = BaseInlineFormSet


class StageFormSet(StageFormSetBase):
    def clean(self) -> None:
        super().clean()
        for form in self.deleted_forms:
            try:
                refuse_deletion_of_estimated(form.instance)
            except Kept as kept:
                raise ValidationError(f"{form.instance}: {kept.args[0]}") from kept


class StageInline(CompanyInline):
    model = Stage
    formset = StageFormSet
    ordering = ["order"]


@admin.register(Pipeline, site=site)
class PipelineAdmin(CompanyAdmin):
    list_display = ["name", "currency", "ladder", "is_active"]
    inlines = [StageInline]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"currency": settings.COMPANY_CURRENCY}

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        _complete(form.instance)


@admin.register(LostReason, site=site)
class LostReasonAdmin(CompanyAdmin):
    list_display = ["name", "order", "is_active"]


def _complete(pipeline: Pipeline) -> None:
    """Won and lost are always there."""
    stages = list(pipeline.stages.all())
    end = max((stage.order for stage in stages), default=0) + 1
    common = {"pipeline": pipeline, "part": PlanPart.CLOSING}
    if not any(stage.is_won for stage in stages):
        Stage.objects.create(name=_("Won"), order=end, is_won=True, **common)
    if not any(stage.is_lost for stage in stages):
        Stage.objects.create(name=_("Lost"), order=end + 1, is_lost=True, **common)
