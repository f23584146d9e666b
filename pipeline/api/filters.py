from django.db.models import QuerySet
from django_filters import (
    CharFilter,
    ChoiceFilter,
    DateFilter,
    NumberFilter,
)

from core import clock
from core.api.filters import (
    ArchivedFilter,
    BeforeFilter,
    BooleanFilter,
    Filters,
    IdFilter,
    SinceFilter,
)
from core.finding import matching
from pipeline.models import Opportunity
from pipeline.rotting import rotting

STATUSES = [("open", "open"), ("won", "won"), ("lost", "lost")]


class DealFilter(Filters):
    """What board and list filter by alike."""

    owner = IdFilter(field_name="owner_id")
    team = IdFilter(field_name="owner__team_id")
    source = IdFilter(field_name="source_id")
    product = IdFilter(field_name="product_id")
    amount_min = NumberFilter(field_name="amount", lookup_expr="gte", max_digits=16)
    amount_max = NumberFilter(field_name="amount", lookup_expr="lte", max_digits=16)
    expected_from = DateFilter(field_name="expected_close", lookup_expr="gte")
    expected_to = DateFilter(field_name="expected_close", lookup_expr="lte")
    q = CharFilter(method="matching", label="Text in the deal's or the customer's name.")

    rotting = BooleanFilter(
        method="only_rotting", label="Open deals that stay too long in their stage, or all others."
    )

    def only_rotting(
        self, rows: QuerySet[Opportunity], name: str, value: bool
    ) -> QuerySet[Opportunity]:
        found = rotting(at=clock.now())
        return rows.filter(found) if value else rows.exclude(found)

    def matching(self, rows: QuerySet[Opportunity], name: str, text: str) -> QuerySet[Opportunity]:
        return rows.filter(matching(text) | matching(text, "customer__"))


class OpportunityFilter(DealFilter):
    external_id = CharFilter(field_name="external_id")
    customer = IdFilter(field_name="customer_id")
    pipeline = IdFilter(field_name="pipeline_id")
    stage = IdFilter(field_name="stage_id")
    status = ChoiceFilter(choices=STATUSES, method="in_status", label="open, won or lost.")
    lost_reason = IdFilter(field_name="lost_reason_id")
    region = CharFilter(field_name="region")
    currency = CharFilter(field_name="currency")
    created_since = SinceFilter("created_at")
    created_before = BeforeFilter("created_at")
    closed_since = SinceFilter("closed_at")
    closed_before = BeforeFilter("closed_at")
    archived = ArchivedFilter()

    def in_status(
        self, rows: QuerySet[Opportunity], name: str, status: str
    ) -> QuerySet[Opportunity]:
        return rows.filter(stage__is_won=status == "won", stage__is_lost=status == "lost")


class PipelineFilter(Filters):
    is_active = BooleanFilter(field_name="is_active")


class StageFilter(Filters):
    pipeline = IdFilter(field_name="pipeline_id")


class StageChangeFilter(Filters):
    opportunity = IdFilter(field_name="opportunity_id")
    pipeline = IdFilter(field_name="pipeline_id")
    to_stage = IdFilter(field_name="to_stage_id")
    since = SinceFilter("at")
    before = BeforeFilter("at")
    voided = BooleanFilter(field_name="voided_by", lookup_expr="isnull", exclude=True)


class EstimateFilter(Filters):
    pipeline = IdFilter(field_name="pipeline_id")
    segment = CharFilter(field_name="segment")
    as_of_since = SinceFilter("as_of")
    as_of_before = BeforeFilter("as_of")
