"""Leads, the rules that assign them, and how fast they are answered."""

from typing import Any

from django.db.models import QuerySet
from django_filters import ChoiceFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.fields import InstantField
from core.api.filters import (
    BeforeFilter,
    BooleanFilter,
    Filters,
    IdFilter,
    SinceFilter,
    no_such_filter,
)
from core.api.viewsets import Archiving, Reading, tagged
from crm.api import lead_serializers as shapes
from crm.api.parsing import parsed
from crm.api.serializers import LeadCreateSerializer
from crm.models import AssignmentRule, Lead, LeadState
from crm.models.leads import LeadQuerySet
from crm.response_figures import by_team, company_figures, figures_by_person, this_month
from crm.response_time import response_target
from crm.services import assignment_rules as rules
from crm.services.leads import assign_lead, create_lead, take_lead, update_target

PERIOD = [
    OpenApiParameter("since", OpenApiTypes.DATETIME, description="The month's first if not said."),
    OpenApiParameter("before", OpenApiTypes.DATETIME, description="Now if not said."),
]


class LeadFilter(Filters):
    state = ChoiceFilter(choices=LeadState.choices, method="in_state")
    customer = IdFilter(field_name="customer_id")
    owner = IdFilter(field_name="customer__owner_id")
    source = IdFilter(field_name="customer__source_id")
    unassigned = BooleanFilter(field_name="customer__owner", lookup_expr="isnull")
    answered = BooleanFilter(field_name="first_response_at", lookup_expr="isnull", exclude=True)
    given_up = BooleanFilter(field_name="given_up_at", lookup_expr="isnull", exclude=True)
    arrived_since = SinceFilter("arrived_at")
    arrived_before = BeforeFilter("arrived_at")
    due_before = BeforeFilter("due_at")

    def in_state(self, rows: LeadQuerySet, name: str, state: str) -> LeadQuerySet:
        return rows.in_state(state, at=clock.now())


class LeadViewSet(Reading):
    """Customers who came as new leads, and when they were answered first.

    POST makes a customer that is a lead; the rules assign it where no `owner` is named. A lead is
    answered by the first call, email or meeting that is done with its customer. Given up is one
    whose customer stands on a lost stage: it waits no more. Those with `answered=false` and
    `given_up=false` wait.
    """

    queryset = Lead.objects.all()
    serializer_class = shapes.LeadSerializer
    filterset_class = LeadFilter
    ordering = ("due_at",)
    ordering_fields = (
        "due_at",
        "arrived_at",
        "first_response_at",
        "response_minutes",
        "given_up_at",
    )

    def required_scope(self, method: str) -> str:
        if self.action == "assign" or (self.action == "target" and method == "PATCH"):
            return "plan"
        return super().required_scope(method)

    def get_queryset(self) -> QuerySet[Lead]:
        return Lead.objects.visible_to(self.caller).current().select_related("customer")

    @extend_schema(
        request=LeadCreateSerializer,
        responses={201: OpenApiResponse(shapes.LeadSerializer, "In the inbox.")},
    )
    def create(self, request: Request) -> Response:
        fields = self._given(LeadCreateSerializer)
        lead = create_lead(by=self.caller, **fields)
        return self.answer(self.reread(lead), status=201)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def take(self, request: Request, pk: int) -> Response:
        """Make a lead that nobody has the caller's; 400 where a colleague has it."""
        lead = take_lead(self.get_object(), by=self.caller)
        return self.answer(self.reread(lead))

    @extend_schema(request=shapes.AssignLeadSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: int) -> Response:
        """Give a lead to somebody, or to nobody. For managers."""
        lead, fields = self.get_object(), self._given(shapes.AssignLeadSerializer)
        assign_lead(lead, to=fields["owner"], by=self.caller)
        return self.answer(self.reread(lead))

    @extend_schema(parameters=PERIOD, responses=shapes.ResponseStatisticsSerializer, filters=False)
    @action(detail=False, pagination_class=None)
    def statistics(self, request: Request) -> Response:
        """How fast leads that came in a period were answered, this month if none is named."""
        if unknown := set(request.query_params) - {"since", "before"}:
            raise no_such_filter(unknown)
        first, last = this_month()
        since = parsed(request.query_params, "since", InstantField()) or first
        before = parsed(request.query_params, "before", InstantField()) or last
        at = clock.now()
        people = figures_by_person(self.caller, since, before, at=at)
        data = {
            "since": since,
            "before": before,
            "figures": company_figures(since, before, at=at),
            "people": people,
            "teams": by_team(people) if self.caller.is_manager else [],
        }
        return tagged(request, shapes.ResponseStatisticsSerializer(data).data)

    @extend_schema(
        methods=["GET"], request=None, responses=shapes.ResponseTargetSerializer, filters=False
    )
    @extend_schema(
        methods=["PATCH"],
        request=shapes.ResponseTargetSerializer,
        responses=shapes.ResponseTargetSerializer,
        filters=False,
    )
    @action(detail=False, methods=["get", "patch"], pagination_class=None)
    def target(self, request: Request) -> Response:
        """Within how many working hours leads are answered; managers set it for those to come."""
        target = response_target()
        if request.method == "PATCH":
            serializer = shapes.ResponseTargetSerializer(target, data=request.data, partial=True)
            serializer.is_valid(raise_exception=True)
            target = update_target(target, by=self.caller, **serializer.validated_data)
        return tagged(request, shapes.ResponseTargetSerializer(target).data)

    def _given(self, shape: type[Any]) -> dict[str, Any]:
        serializer = shape(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class AssignmentRuleViewSet(Archiving):
    """Who gets new leads: the first rule that fits decides. For managers.

    `how` is `person`, `load` (whoever of the team has the fewest unanswered leads) or `turns`.
    DELETE archives, `restore/` takes back.
    """

    queryset = AssignmentRule.objects.all()
    serializer_class = shapes.AssignmentRuleSerializer
    is_versioned = True
    read_scope = write_scope = "plan"
    ordering = ("order",)
    ordering_fields = ("order", "name")

    def get_queryset(self) -> QuerySet[AssignmentRule]:
        rows = AssignmentRule.objects.prefetch_related("sources")
        return rows.filter(archived_at__isnull=True) if self.action == "list" else rows

    def create_object(self, fields: dict[str, Any]) -> AssignmentRule:
        return rules.create_rule(by=self.caller, **fields)

    def update_object(self, obj: AssignmentRule, fields: dict[str, Any]) -> None:
        rules.update_rule(obj, by=self.caller, **fields)

    def delete_object(self, obj: AssignmentRule) -> None:
        rules.archive_rule(obj, by=self.caller)

    def restore_object(self, obj: AssignmentRule) -> None:
        rules.restore_rule(obj, by=self.caller)

    @extend_schema(
        parameters=[shapes.TriedLeadSerializer],
        responses=shapes.LeadChoiceSerializer,
        filters=False,
    )
    @action(detail=False, url_path="try", url_name="try", pagination_class=None)
    def try_out(self, request: Request) -> Response:
        """Who would get such a lead now, and by which rule; both null where no rule fits."""
        asked = shapes.TriedLeadSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)
        source = values.pop("source", None)
        found = rules.choose(source=source.pk if source else None, **values)
        data = {
            "rule": found.rule.pk if found else None,
            "owner": found.person.pk if found else None,
        }
        return Response(data)
