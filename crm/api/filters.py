from django.db.models import QuerySet
from django_filters import CharFilter, ChoiceFilter, DateFilter, NumberFilter

from core.api.filters import (
    ArchivedFilter,
    BeforeFilter,
    BooleanFilter,
    Filters,
    IdFilter,
    SinceFilter,
)
from core.finding import matching as having_words
from crm.models import Activity, Campaign, CampaignMember, Contact, Customer
from crm.models.customers import CustomerQuerySet


class CustomerFilter(Filters):
    q = CharFilter(method="matching", label="Words of the name, website, telephone or external id.")
    external_id = CharFilter(
        method="called", label="The id, or that of a customer merged into this one."
    )
    owner = IdFilter(field_name="owner_id")
    team = IdFilter(field_name="owner__team_id")
    source = IdFilter(field_name="source_id")
    parent = IdFilter(field_name="parent_id")
    ladder = IdFilter(method="on_ladder", label="Customers on this ladder.")
    stage = IdFilter(method="in_stage", label="Customers now in this lifecycle stage.")
    region = CharFilter(field_name="region")
    country = CharFilter(field_name="country")
    industry = CharFilter(field_name="industry")
    created_since = SinceFilter("created_at")
    created_before = BeforeFilter("created_at")
    archived = ArchivedFilter()

    def matching(self, rows: CustomerQuerySet, name: str, text: str) -> CustomerQuerySet:
        return rows.matching(text)

    def called(self, rows: CustomerQuerySet, name: str, external_id: str) -> CustomerQuerySet:
        return rows.with_external_id(external_id)

    def on_ladder(self, rows: QuerySet[Customer], name: str, pk: int) -> QuerySet[Customer]:
        return rows.filter(positions__ladder_id=pk)

    def in_stage(self, rows: QuerySet[Customer], name: str, pk: int) -> QuerySet[Customer]:
        return rows.filter(positions__stage_id=pk)


class ContactFilter(Filters):
    customer = IdFilter(field_name="customer_id")
    q = CharFilter(method="matching", label="Words of the name, email or telephone.")
    email = CharFilter(field_name="email", lookup_expr="iexact")
    archived = ArchivedFilter()

    def matching(self, rows: QuerySet[Contact], name: str, text: str) -> QuerySet[Contact]:
        return rows.filter(having_words(text))


class ActivityFilter(Filters):
    customer = IdFilter(field_name="customer_id")
    opportunity = IdFilter(field_name="opportunity_id")
    owner = IdFilter(field_name="owner_id")
    kind = ChoiceFilter(field_name="kind", choices=Activity.Kind.choices)
    open = BooleanFilter(field_name="done_at", lookup_expr="isnull")
    due_since = SinceFilter("due_at")
    due_before = BeforeFilter("due_at")
    created_since = SinceFilter("created_at")
    created_before = BeforeFilter("created_at")


class ProductFilter(Filters):
    q = CharFilter(field_name="name", lookup_expr="icontains")
    family = CharFilter(field_name="family")
    is_active = BooleanFilter(field_name="is_active")


class CampaignFilter(Filters):
    q = CharFilter(field_name="name", lookup_expr="icontains")
    source = IdFilter(field_name="source_id")
    status = ChoiceFilter(field_name="status", choices=Campaign.Status.choices)
    owner = IdFilter(field_name="owner_id")
    starts_since = DateFilter(field_name="starts_on", lookup_expr="gte")
    starts_before = DateFilter(field_name="starts_on", lookup_expr="lt")
    archived = ArchivedFilter()


class CampaignMemberFilter(Filters):
    customer = IdFilter(field_name="customer_id")
    owner = IdFilter(field_name="customer__owner_id")
    status = ChoiceFilter(field_name="status", choices=CampaignMember.Status.choices)


class PurchaseFilter(Filters):
    customer = IdFilter(field_name="customer_id")
    owner = IdFilter(field_name="customer__owner_id", label="Of customers of this user.")
    product = IdFilter(field_name="product_id")
    external_id = CharFilter(field_name="external_id")
    currency = CharFilter(field_name="currency")
    amount_min = NumberFilter(field_name="amount", lookup_expr="gte", max_digits=16)
    amount_max = NumberFilter(field_name="amount", lookup_expr="lte", max_digits=16)
    since = SinceFilter("at")
    before = BeforeFilter("at")
    archived = ArchivedFilter()


class SourceFilter(Filters):
    is_active = BooleanFilter(field_name="is_active")


class LifecycleStageFilter(Filters):
    ladder = IdFilter(field_name="ladder_id")


class LifecycleChangeFilter(Filters):
    customer = IdFilter(field_name="customer_id")
    ladder = IdFilter(field_name="ladder_id")
    to_stage = IdFilter(field_name="to_stage_id")
    since = SinceFilter("at")
    before = BeforeFilter("at")
