"""What would it take? Each lever of a plan pulled alone until its target is reached."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.problems import NotEnoughHistory
from core.api.viewsets import Changing, tagged
from planning.api.assumptions import StageOfSerializer
from planning.api.what_if import about, head_of
from planning.levers import Lever
from planning.takes import takes_of
from planning.what_if import WIN


class TakeSerializer(serializers.Serializer[Any]):
    """`value`, where a lever can be set to it: what to try by `what-if/`. `kind` is null of what
    is no single lever; `win` stands for all promotion rates."""

    code = serializers.ChoiceField(choices=["enough", "too_late", "not_enough"])
    name = serializers.CharField()
    text = serializers.CharField()
    evidence = serializers.CharField(allow_blank=True)
    lever = serializers.CharField(allow_null=True)
    stage = StageOfSerializer(allow_null=True)
    value = serializers.FloatField(allow_null=True)


class TakesSerializer(serializers.Serializer[Any]):
    """`text` says why there are no rows; `leads_per_month` of the last year, null of a year that
    is over."""

    plan = serializers.IntegerField()
    estimate = serializers.IntegerField()
    target = serializers.DecimalField(max_digits=18, decimal_places=2)
    currency = serializers.CharField()
    confidence = serializers.IntegerField()
    leads_per_month = serializers.FloatField(allow_null=True)
    text = serializers.CharField(allow_blank=True)
    rows = TakeSerializer(many=True)


class TakeActions(Changing):
    @extend_schema(responses=TakesSerializer)
    @action(detail=True)
    def takes(self, request: Request, pk: int) -> Response:
        """What would it take? Each lever pulled alone until the saved target is reached, while new
        leads come as in the last year; 409 where no rates are known."""
        plan = self.get_object()
        if plan.estimate is None:
            raise NotEnoughHistory
        found = takes_of(plan, plan.estimate)
        levers = found.question.levers if found.question else {}
        document = head_of(plan) | {
            "target": str(plan.target),
            "confidence": plan.confidence,
            "leads_per_month": found.question and found.question.standing.leads_per_month,
            "text": found.sentence,
            "rows": [
                {"code": row.code, "name": row.name, "text": row.text, "evidence": row.band}
                | _named(levers.get(row.slider), row.slider)
                | {"value": None if row.position is None else row.position / 100}
                for row in found.rows
            ],
        }
        return tagged(request, document)


def _named(lever: Lever | None, slider: str) -> dict[str, Any]:
    if lever is None:
        return {"lever": WIN if slider == WIN else None, "stage": None}
    return {"lever": lever.kind, "stage": about(lever)["stage"]}
