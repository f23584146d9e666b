"""The model card over the API: the newest one, and asking for another."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.models import ApiKey
from core.api.csv import CsvRenderer
from core.api.filters import no_such_filter
from core.api.serializers import JobSerializer
from core.api.viewsets import ApiViewSet, tagged
from pipeline.estimation.naive import Rule
from pipeline.estimation.value import Refusal
from pipeline.model_card import TABLES, card_document
from pipeline.models import Backtest, Pipeline
from pipeline.services.backtest_requests import request_backtest

SCORES = "scores"


def share(text: str) -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text=text)


class ScoresSerializer(serializers.Serializer[Any]):
    """Errors of one rule; null where nothing can be said."""

    windows = serializers.IntegerField(help_text="Sums of the whole horizon that were judged.")
    mape = share("Mean of |forecast / actual − 1| of these sums.")
    bias = share("Σ forecast / Σ actual − 1: .09 is nine per cent high.")
    pinball = serializers.ListField(
        child=serializers.FloatField(allow_null=True),
        help_text="Loss at .1, .5 and .9, as a share of the mean actual.",
    )
    coverage80 = share("Share of the sums within their 80 % band.")
    coverage90 = share("Share of the sums within their 90 % band.")
    cells = serializers.IntegerField(help_text="Single steps with at least five wins forecast.")
    wmape = share("Σ |forecast − actual| / Σ actual of single steps.")
    step_pinball = serializers.ListField(child=serializers.FloatField(allow_null=True))
    step_coverage80 = share("Share of the cells within their 80 % band.")
    step_coverage90 = share("Share of the cells within their 90 % band.")
    brier = share("Of the chances of open deals to be won within the horizon.")
    log_loss = share("Likewise; no chance is taken as surer than 99.9 %.")


class RuleScoresSerializer(serializers.Serializer[Any]):
    rule = serializers.ChoiceField(choices=[rule.value for rule in Rule])
    scores = ScoresSerializer()


class WindowSerializer(serializers.Serializer[Any]):
    """What was forecast at `origin` for the `steps` after it, and what came."""

    origin = serializers.DateTimeField()
    steps = serializers.IntegerField()
    forecast = serializers.FloatField()
    low80 = serializers.FloatField(allow_null=True)
    high80 = serializers.FloatField(allow_null=True)
    low90 = serializers.FloatField(allow_null=True)
    high90 = serializers.FloatField(allow_null=True)
    actual = serializers.FloatField()


class ComparisonSerializer(serializers.Serializer[Any]):
    """The method beside the naive rules; windows shorter than the horizon are not scored."""

    method = ScoresSerializer()
    rules = RuleScoresSerializer(many=True)
    windows = WindowSerializer(many=True)


class ComparisonsSerializer(serializers.Serializer[Any]):
    """Of the deals open at each origin; of all wins given the leads that came; of all wins with
    the leads forecast too."""

    open = ComparisonSerializer()
    given_leads = ComparisonSerializer()
    forecast_leads = ComparisonSerializer()


class MissingSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=["months", "wins", "origins"])
    has = serializers.FloatField()
    needs = serializers.FloatField()


class ReliabilityBinSerializer(serializers.Serializer[Any]):
    """Open deals of like chances. `n` counts a deal once an origin, `deals` once."""

    mean_chance = serializers.FloatField()
    won_share = serializers.FloatField()
    low80 = serializers.FloatField()
    high80 = serializers.FloatField()
    n = serializers.IntegerField()
    deals = serializers.IntegerField()


class ModelCardSerializer(serializers.Serializer[Any]):
    """How far off earlier forecasts were; without `enough` history there are no scores.

    `horizon` is in steps of `unit`. One deal in `sample` was taken, and wins are of the sample.
    """

    id = serializers.IntegerField()
    pipeline = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    computed_at = serializers.DateTimeField()
    history_from = serializers.DateTimeField(allow_null=True)
    currency = serializers.CharField()
    deals = serializers.IntegerField()
    sample = serializers.IntegerField()
    half_life_days = serializers.FloatField(allow_null=True)
    unit = serializers.ChoiceField(choices=["month", "30_days", "15_days"])
    horizon = serializers.IntegerField(allow_null=True)
    origins = serializers.ListField(child=serializers.DateTimeField())
    enough = serializers.BooleanField()
    missing = MissingSerializer(many=True)
    wins = ComparisonsSerializer(allow_null=True)
    value = ComparisonsSerializer(allow_null=True)
    value_refused = serializers.ChoiceField(
        choices=[refusal.value for refusal in Refusal], allow_null=True
    )
    reliability = ReliabilityBinSerializer(many=True)
    dispersion = serializers.FloatField()


class ModelCardViewSet(ApiViewSet):
    """The backtest of a pipeline: forecasts of the past beside what came."""

    queryset = Backtest.objects.all()
    serializer_class = ModelCardSerializer
    renderer_classes = (JSONRenderer, CsvRenderer)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "table",
                OpenApiTypes.STR,
                enum=list(TABLES),
                description="Which rows a CSV has; the scores if not said.",
            ),
        ],
        responses=ModelCardSerializer,
    )
    def retrieve(self, request: Request, pk: int) -> Response:
        """The newest model card of a pipeline; 404 where none was made yet: POST asks for one."""
        self._table()
        if unknown := [name for name in request.query_params if name not in ("format", "table")]:
            raise no_such_filter(unknown)
        card = Backtest.objects.latest_for(get_object_or_404(Pipeline, pk=pk))
        if card is None:
            raise NotFound(
                _("No model card of this pipeline was made yet; POST to this address asks for one.")
            )
        return tagged(request, card_document(card))

    @extend_schema(request=None, responses={202: JobSerializer})
    def create(self, request: Request, pk: int) -> Response:
        """Ask for a new model card; the job tells how far it is.

        With a key of scope `write`, or signed in as a manager or an admin.
        """
        if not isinstance(request.auth, ApiKey) and not self.caller.is_manager:
            raise PermissionDenied(_("Your role does not allow this."))
        job = request_backtest(get_object_or_404(Pipeline, pk=pk), by=self.caller)
        return Response(JobSerializer(job).data, status=202)

    def csv_rows(self, data: Any) -> list[dict[str, Any]]:
        return TABLES[self._table()](data)

    def address_of(self, pk: int) -> str:
        return reverse("job-detail", kwargs={"pk": pk}, request=self.request)

    def _table(self) -> str:
        name = self.request.query_params.get("table", SCORES)
        if name not in TABLES:
            choices = ", ".join(TABLES)
            raise ValidationError({"table": [_("One of %(choices)s.") % {"choices": choices}]})
        return name
