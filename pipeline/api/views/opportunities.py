from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.viewsets import Archiving
from pipeline.api import opportunities as serializers
from pipeline.api.filters import OpportunityFilter
from pipeline.models import Opportunity, standing_probability
from pipeline.outlooks import Outlook, outlooks
from pipeline.services.opportunities import (
    archive_opportunity,
    create_opportunity,
    move_opportunity,
    restore_opportunity,
    update_opportunity,
)
from pipeline.services.probabilities import set_own_probability

OWN = "own_probability"


class OpportunityViewSet(Archiving):
    """Deals. A deal moves by `move/` alone; DELETE archives it, `restore/` takes it back."""

    queryset = Opportunity.objects.all()
    serializer_class = serializers.OneOpportunitySerializer
    list_serializer_class = serializers.OpportunitySerializer
    create_serializer_class = serializers.OpportunityCreateSerializer
    filterset_class = OpportunityFilter
    is_versioned = True
    ordering_fields = (
        "name",
        "amount",
        "created_at",
        "stage_entered_at",
        "expected_close",
        "closed_at",
        "updated_at",
    )
    known: dict[int, Outlook] = {}

    def get_queryset(self) -> QuerySet[Opportunity]:
        deals = Opportunity.objects.visible_to(self.caller)
        deals = deals.select_related("stage", "pipeline", "customer")
        deals = deals.annotate(own_probability=standing_probability())
        archived = "archived" in self.request.query_params
        return deals.current() if self.action == "list" and not archived else deals

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if self.action in ("create", "upsert") and isinstance(self.request.data, dict):
            scope = serializers.pipeline_scope(self.request.data.get("pipeline"))
            context["stage_scope"] = scope
        return context | {
            "chances": {pk: outlook.probability for pk, outlook in self.known.items()},
            "reasons": {pk: outlook.reasons for pk, outlook in self.known.items()},
        }

    def get_serializer_class(self) -> type[Any]:
        return (
            self.list_serializer_class if self.action == "list" else super().get_serializer_class()
        )

    def read_serializer(self, *args: Any, many: bool = False, **kwargs: Any) -> Any:
        kind = self.list_serializer_class if many else self.serializer_class
        return kind(*args, many=many, context=self.get_serializer_context(), **kwargs)

    def present(self, rows: list[Opportunity]) -> None:
        self.known = outlooks(rows, at=clock.now())

    @transaction.atomic
    def create_object(self, fields: dict[str, Any]) -> Opportunity:
        own = fields.pop(OWN, None)
        deal = create_opportunity(by=self.caller, **fields)
        self._keep_own(deal, own)
        return deal

    @transaction.atomic
    def update_object(self, obj: Opportunity, fields: dict[str, Any]) -> None:
        is_said, own = OWN in fields, fields.pop(OWN, None)
        update_opportunity(obj, by=self.caller, **fields)
        if is_said:
            self._keep_own(obj, own)

    def _keep_own(self, deal: Opportunity, own: float | None) -> None:
        set_own_probability(deal, own, by=self.caller)
        # For the answer, where the deal went out of the caller's sight and is not read again.
        deal.own_probability = own  # type: ignore[attr-defined]

    def delete_object(self, obj: Opportunity) -> None:
        archive_opportunity(obj, by=self.caller)

    def restore_object(self, obj: Opportunity) -> None:
        restore_opportunity(obj, by=self.caller)

    @extend_schema(
        request=serializers.OpportunityUpsertSerializer,
        responses={
            200: serializers.OneOpportunitySerializer,
            201: OpenApiResponse(serializers.OneOpportunitySerializer, "Made anew."),
        },
    )
    @action(detail=False, methods=["post"])
    def upsert(self, request: Request) -> Response:
        """Create the deal of an external id in a pipeline, or update the one that has it.

        The stage of an existing deal is changed by `move/`, so here it must be as it is.
        """
        serializer = serializers.OpportunityUpsertSerializer(
            data=request.data, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        existing = (
            self.get_queryset()
            .filter(pipeline=fields["pipeline"], external_id=fields["external_id"])
            .first()
        )
        if existing is None:
            fields.setdefault("name", "")
            return self.answer(self.reread(self.create_object(fields)), status=201)
        refuse_changed_stage(existing, fields)
        self.update_object(existing, fields)
        return self.answer(self.reread(existing))

    @extend_schema(
        request=serializers.OpportunityMoveSerializer,
        responses=serializers.OneOpportunitySerializer,
    )
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: int) -> Response:
        """Move a deal to a stage of its pipeline, now or at an instant since its last move.

        What the stage asks for and nobody knows is named in `errors`, what it asks for of the
        deal's customer as `#/customer.source`; it is written to the deal or customer first.
        """
        deal = self.get_object()
        self.check_precondition(deal, required=False)
        context = self.get_serializer_context() | {"stage_scope": {"pipeline": deal.pipeline_id}}
        serializer = serializers.OpportunityMoveSerializer(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        move_opportunity(
            deal,
            to=fields["stage"],
            at=fields.get("at"),
            lost_reason=fields.get("lost_reason"),
            by=self.caller,
        )
        return self.answer(self.reread(deal))


def refuse_changed_stage(deal: Opportunity, fields: dict[str, Any]) -> None:
    """An upsert must not look as if it had moved a deal."""
    stage = fields.pop("stage", deal.stage)
    if stage != deal.stage:
        raise ValidationError({"stage": _("Move the deal by move/.")})
    for name in ("created_at", "lost_reason"):
        fields.pop(name, None)
