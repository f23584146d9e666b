"""Plays over the API."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import ChoiceFilter
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.fields import LARGEST_ID
from core.api.filters import ArchivedFilter, Filters
from core.api.serializers import RecordSerializer, StrictSerializer
from core.api.viewsets import Archiving
from crm.known_fields import CUSTOMER_KNOWLEDGE
from crm.models import LifecycleStage, Play, PlayItem
from crm.playbook import KINDS
from crm.services.plays import archive_play, restore_play, write_play
from pipeline.models import Stage
from pipeline.play_forms import LONGEST_LINE, LONGEST_NAME, LONGEST_TEXT, MOST_LINES, MOST_SCRIPTS
from pipeline.plays import DEAL_KNOWLEDGE

HOLDERS: dict[str, Any] = {"customer": LifecycleStage, "opportunity": Stage}
KNOWABLE = {"customer": CUSTOMER_KNOWLEDGE, "opportunity": DEAL_KNOWLEDGE}


class PlayTemplateSerializer(StrictSerializer):
    kind = serializers.ChoiceField(choices=KINDS)
    name = serializers.CharField(max_length=LONGEST_NAME)
    subject = serializers.CharField(max_length=LONGEST_NAME, allow_blank=True, default="")
    text = serializers.CharField(
        max_length=LONGEST_TEXT,
        help_text="`{contact}`, `{customer}`, `{deal}` and `{me}` are filled when it is shown.",
    )


class ChecklistLineSerializer(StrictSerializer):
    id = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=LARGEST_ID,
        help_text=gettext_lazy("Of a line that is there already: it keeps its ticks."),
    )
    text = serializers.CharField(max_length=LONGEST_LINE)


class PlaySerializer(RecordSerializer):
    """What is done in one stage of a ladder (`customer`) or of a pipeline (`opportunity`)."""

    kind = serializers.SerializerMethodField()
    stage = serializers.SerializerMethodField(help_text="Id of the stage.")
    advice = serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, required=False)
    checklist = ChecklistLineSerializer(  # type: ignore[call-arg]
        many=True, required=False, source="lines", max_length=MOST_LINES
    )
    templates = PlayTemplateSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST_SCRIPTS
    )
    must_know = serializers.ListField(child=serializers.CharField(max_length=40), required=False)
    required_fields = serializers.ListField(
        child=serializers.CharField(max_length=40),
        required=False,
        help_text=gettext_lazy(
            "What must be known to enter the stage; a deal's customer's as `customer.<field>`."
        ),
    )

    class Meta:
        model = Play
        fields: tuple[str, ...] = (
            "id",
            "kind",
            "stage",
            "advice",
            "checklist",
            "templates",
            "must_know",
            "required_fields",
            "archived_at",
            "version",
        )
        read_only_fields: tuple[str, ...] = ("kind", "stage", "archived_at", "version")
        fixed: tuple[str, ...] = ("kind", "stage", "archived_at")

    @extend_schema_field(serializers.ChoiceField(choices=list(HOLDERS)))
    def get_kind(self, play: Play) -> str:
        return kind_of(play)

    def get_stage(self, play: Play) -> int | None:
        stage = stage_of(play)
        return stage.pk if stage else None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind = attrs.get("kind") or kind_of(self.instance)  # type: ignore[arg-type]
        for name in ("must_know", "required_fields"):
            wrong = [each for each in attrs.get(name, ()) if each not in KNOWABLE[kind]]
            if wrong:
                message = _("There is no such field here: %(names)s.")
                raise serializers.ValidationError({name: message % {"names": ", ".join(wrong)}})
        return attrs


class PlayCreateSerializer(PlaySerializer):
    kind = serializers.ChoiceField(choices=list(HOLDERS))  # type: ignore[assignment]
    stage = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)  # type: ignore[assignment]

    class Meta(PlaySerializer.Meta):
        read_only_fields = ("archived_at", "version")


class PlayFilter(Filters):
    kind = ChoiceFilter(choices=[(kind, kind) for kind in HOLDERS], method="of_kind")
    archived = ArchivedFilter()

    def of_kind(self, rows: QuerySet[Play], name: str, kind: str) -> QuerySet[Play]:
        return rows.filter(pipeline_stage__isnull=kind == "customer")


class PlayViewSet(Archiving):
    """The playbook: one play a stage. For all to read; managers and admins write.

    DELETE puts a play away with all its ticks; `restore/` brings it back.
    """

    queryset = Play.objects.all()
    serializer_class = PlaySerializer
    create_serializer_class = PlayCreateSerializer
    filterset_class = PlayFilter
    write_scope = "plan"
    is_versioned = True
    ordering_fields = ("updated_at",)

    def get_queryset(self) -> QuerySet[Play]:
        lines = PlayItem.objects.filter(archived_at__isnull=True)
        rows = Play.objects.select_related("crm_lifecyclestage", "pipeline_stage")
        rows = rows.filter(Q(crm_lifecyclestage__isnull=False) | Q(pipeline_stage__isnull=False))
        rows = rows.prefetch_related(Prefetch("items", lines, to_attr="lines"))
        archived = "archived" in self.request.query_params
        is_list = self.action == "list" and not archived
        return rows.filter(archived_at__isnull=True) if is_list else rows

    def present(self, rows: list[Play]) -> None:
        for play in rows:
            stage = stage_of(play)
            play.required_fields = stage.required_fields if stage else []  # type: ignore[attr-defined]

    def create_object(self, fields: dict[str, Any]) -> Play:
        holder = HOLDERS[fields.pop("kind")]
        stage = holder.objects.select_related("play").filter(pk=fields.pop("stage")).first()
        if stage is None:
            raise ValidationError({"stage": _("There is no such stage.")})
        if stage.play is not None:
            raise ValidationError({"stage": _("This stage has a play; change that one.")})
        return write_play(stage, by=self.caller, **_values(fields))

    def update_object(self, obj: Play, fields: dict[str, Any]) -> None:
        stage = stage_of(obj)
        stage.play = obj
        write_play(stage, by=self.caller, version=obj.version, **_values(fields))

    def delete_object(self, obj: Play) -> None:
        archive_play(obj, by=self.caller)

    def restore_object(self, obj: Play) -> None:
        restore_play(obj, by=self.caller)


def stage_of(play: Play) -> Any:
    """The stage that has the play, of whichever kind."""
    return getattr(play, "pipeline_stage", None) or getattr(play, "crm_lifecyclestage", None)


def kind_of(play: Play) -> str:
    return "opportunity" if getattr(play, "pipeline_stage", None) else "customer"


def _values(fields: dict[str, Any]) -> dict[str, Any]:
    """What the service takes; what is required is also shown as to be known."""
    values: dict[str, Any] = {
        name: fields[name] for name in ("advice", "must_know") if name in fields
    }
    if "templates" in fields:
        values["templates"] = [dict(each) for each in fields["templates"]]
    if "lines" in fields:
        values["items"] = [(line.get("id"), line["text"]) for line in fields["lines"]]
    if "required_fields" in fields:
        values["required"] = list(dict.fromkeys(fields["required_fields"]))
    return values
