from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.admin import CompanyAdmin, CompanyInline, site
from crm.models import PlanPart
from pipeline.models import LostReason, Pipeline, Stage


class StageInline(CompanyInline):
    model = Stage
    exclude = ["retired_at"]
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
