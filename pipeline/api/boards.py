"""The board as the API shows it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django_filters import IsoDateTimeFilter, NumberFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from core.api.filters import no_such_filter
from core.api.pagination import encode_cursor, orders_of
from pipeline.api.filters import DealFilter
from pipeline.api.opportunities import OpportunitySerializer
from pipeline.api.serializers import StageSerializer
from pipeline.boards import Column, cards_order, known_outlooks, month_start
from pipeline.models import Opportunity, Pipeline


class BoardFilter(DealFilter):
    """The filters of the board, read without touching the database."""

    closed_since = IsoDateTimeFilter(field_name="closed_at", lookup_expr="gte")
    page_size = NumberFilter(method="passed_over", min_value=1, max_value=200, decimal_places=0)

    def passed_over(self, rows: Any, name: str, value: Any) -> Any:
        return rows


@dataclass(frozen=True)
class BoardQuery:
    filters: dict[str, Any]
    page_size: int
    closed_since: datetime | None


PARAMETERS = [
    OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=about)
    for name, kind, about in (
        ("owner", OpenApiTypes.INT64, "Deals of this user."),
        ("team", OpenApiTypes.INT64, "Deals of this team's members."),
        ("source", OpenApiTypes.INT64, "Deals from this source."),
        ("product", OpenApiTypes.INT64, "Deals about this product."),
        ("amount_min", OpenApiTypes.DECIMAL, "In the deal's own currency."),
        ("amount_max", OpenApiTypes.DECIMAL, "In the deal's own currency."),
        ("expected_from", OpenApiTypes.DATE, "First day of the expected close."),
        ("expected_to", OpenApiTypes.DATE, "Last day of the expected close."),
        ("q", OpenApiTypes.STR, "Text in the deal's or the customer's name."),
        ("rotting", OpenApiTypes.BOOL, "Those that stay too long, the longest first; or others."),
        ("closed_since", OpenApiTypes.DATETIME, "Won and lost since then; this month if not said."),
        ("page_size", OpenApiTypes.INT, "Cards of each column, 1 to 200; 20 if not said."),
    )
]


class MissingRateSerializer(serializers.Serializer[Any]):
    """Amounts in no total because the rate of their day is missing."""

    base = serializers.CharField()
    quote = serializers.CharField()
    on = serializers.DateField()
    deals = serializers.IntegerField()


class CardSerializer(OpportunitySerializer):
    customer_name = serializers.CharField(allow_null=True)
    owner_name = serializers.CharField(allow_null=True)
    days_in_stage = serializers.IntegerField(allow_null=True)
    is_rotting = serializers.BooleanField()

    class Meta(OpportunitySerializer.Meta):
        fields = (
            *OpportunitySerializer.Meta.fields,
            "customer_name",
            "owner_name",
            "days_in_stage",
            "is_rotting",
        )
        read_only_fields = fields


class ColumnSerializer(serializers.Serializer[Any]):
    stage = StageSerializer()
    count = serializers.IntegerField()
    rotting = serializers.IntegerField(help_text="Of these, in the stage for too long.")
    total = serializers.DecimalField(max_digits=20, decimal_places=2)
    weighted = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True)
    summed_at = serializers.DateTimeField(allow_null=True)
    missing_rates = MissingRateSerializer(many=True)
    cards = CardSerializer(many=True)
    next = serializers.URLField(allow_null=True, help_text="The cards that follow, as a list.")


class BoardSerializer(serializers.Serializer[Any]):
    pipeline = serializers.IntegerField()
    name = serializers.CharField()
    currency = serializers.CharField()
    at = serializers.DateTimeField()
    closed_since = serializers.DateTimeField()
    columns = ColumnSerializer(many=True)


def read_query(request: Request) -> BoardQuery:
    """Raises ValidationError beside the parameter that is unknown or wrong."""
    unknown = [name for name in request.query_params if name not in BoardFilter.base_filters]
    if unknown:
        raise no_such_filter(unknown)
    form = BoardFilter(request.query_params, queryset=Opportunity.objects.none()).form
    if not form.is_valid():
        raise ValidationError({name: list(errors) for name, errors in form.errors.items()})
    given = {k: v for k, v in form.cleaned_data.items() if v not in (None, "")}
    return BoardQuery(
        page_size=int(given.pop("page_size", 20)),
        closed_since=given.pop("closed_since", None),
        filters=given,
    )


def board_document(
    pipeline: Pipeline, columns: list[Column], *, at: datetime, query: BoardQuery, request: Request
) -> dict[str, Any]:
    since = query.closed_since or month_start(at)
    cards = card_documents([card for column in columns for card in column.cards], at=at)
    return {
        "pipeline": pipeline.pk,
        "name": pipeline.name,
        "currency": pipeline.currency,
        "at": at.isoformat(),
        "closed_since": since.isoformat(),
        "columns": [
            {
                "stage": StageSerializer(column.stage).data,
                "count": column.count,
                "rotting": column.rotting,
                "total": str(column.total),
                "weighted": None if column.weighted is None else str(column.weighted),
                "missing_rates": [
                    asdict(rate) | {"on": rate.on.isoformat()} for rate in column.missing_rates
                ],
                "summed_at": column.summed_at and column.summed_at.isoformat(),
                "cards": [cards[card.pk] for card in column.cards],
                "next": _next(pipeline, column, since, query, request),
            }
            for column in columns
        ],
    }


def card_documents(deals: list[Opportunity], *, at: datetime) -> dict[int, dict[str, Any]]:
    """By deal; what a list of deals shows, and what a card needs besides."""
    known = known_outlooks(deals)
    chances = {pk: outlook.probability for pk, outlook in known.items()}
    shown = OpportunitySerializer(deals, many=True, context={"chances": chances}).data
    return {
        deal.pk: document
        | {
            "customer_name": deal.customer.name if deal.customer else None,
            "owner_name": deal.owner.name if deal.owner else None,
            "days_in_stage": deal.days_in_stage(at=at),
            "is_rotting": known[deal.pk].age == "hot",
        }
        for deal, document in zip(deals, shown, strict=True)
    }


def _next(
    pipeline: Pipeline, column: Column, since: datetime, query: BoardQuery, request: Request
) -> str | None:
    """The list of deals that goes on where the cards end."""
    if not column.has_more or not column.cards:
        return None
    parameters = {k: str(v) for k, v in query.filters.items()}
    parameters |= {"pipeline": str(pipeline.pk), "stage": str(column.stage.pk)}
    if not column.stage.is_open:
        parameters["closed_since"] = since.isoformat()
    ordering = cards_order(query.filters)
    parameters["ordering"] = ordering
    parameters["page_size"] = str(query.page_size)
    parameters["cursor"] = encode_cursor(orders_of([ordering]), column.cards[-1])
    return request.build_absolute_uri(f"{reverse('opportunity-list')}?{urlencode(parameters)}")
