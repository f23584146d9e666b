from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms import ModelChoiceField, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.admin import CompanyAdmin, CompanyInline, KeepingFormSet, site
from crm.models import PlanPart
from pipeline.models import LostReason, Pipeline, Stage
from pipeline.models.pipelines import DEFAULT_MISCLICK
from pipeline.services.pipelines import (
    check_merge,
    merge_stages,
    unmerge_stage,
)

if TYPE_CHECKING:
    PipelineFormBase = ModelForm[Pipeline]
    StageFormBase = ModelForm[Stage]
else:
    PipelineFormBase = StageFormBase = ModelForm


class PipelineForm(PipelineFormBase):
    """A pipeline; who empties the minutes of a slip wants the usual ones, and none is 0."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["misclick_minutes"].required = False

    def clean_misclick_minutes(self) -> int:
        minutes: int | None = self.cleaned_data["misclick_minutes"]
        return DEFAULT_MISCLICK if minutes is None else minutes


class StageForm(StageFormBase):
    """A stage. Merging is no value of the row but something done to it, after all are saved."""

    merge_into = ModelChoiceField(
        Stage.objects.none(),
        label=gettext_lazy("merged into"),
        required=False,
        empty_label="",
        help_text=gettext_lazy(
            "This stage and its history count for the other; empty takes it out again."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("ModelChoiceField[Stage]", self.fields["merge_into"])
        if self.instance.pk and self.instance.is_open:
            self.initial["merge_into"] = self.instance.merged_into_id
            others = self.instance.pipeline.stages.open().exclude(pk=self.instance.pk)
            offered = Q(retired_at__isnull=True) | Q(pk=self.instance.merged_into_id or 0)
            field.queryset = others.filter(offered)


class StageFormSet(KeepingFormSet):
    def clean(self) -> None:
        super().clean()
        if not any(self.errors):
            self._check_merges()

    def merges(self) -> list[tuple[Stage, Stage | None]]:
        """Stages to merge into another, or with ``None`` to take out again."""
        kept = [form for form in self.initial_forms if form not in self.deleted_forms]
        asked = [form for form in kept if "merge_into" in form.changed_data]
        return [(form.instance, form.cleaned_data["merge_into"]) for form in asked]

    def _check_merges(self) -> None:
        """By the stages as they are about to be saved."""
        shown = {form.instance.pk: form.instance for form in self.initial_forms}
        going = {stage.pk for stage, into in self.merges() if into}
        going |= {form.instance.pk for form in self.deleted_forms}
        for stage, into in self.merges():
            if into is None:
                continue
            try:
                check_merge(stage, shown[into.pk])
            except ValidationError as error:
                raise ValidationError(f"{stage}: {error.messages[0]}") from error
            if into.pk in going:
                message = _("%(stage)s: %(into)s goes itself; do one after the other.")
                raise ValidationError(message % {"stage": stage, "into": into})


class StageInline(CompanyInline):
    model = Stage
    form = StageForm
    formset = StageFormSet
    ordering = ["order"]


@admin.register(Pipeline, site=site)
class PipelineAdmin(CompanyAdmin):
    form = PipelineForm
    list_display = ["name", "currency", "ladder", "is_active"]
    inlines = [StageInline]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"currency": settings.COMPANY_CURRENCY}

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        _complete(form.instance)
        by = cast(User, request.user)
        for stage, into in chain.from_iterable(formset.merges() for formset in formsets):
            if into:
                merge_stages(stage, into=into, by=by)
            else:
                unmerge_stage(stage, by=by)


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
