"""What a plan would be if something were otherwise; nothing is saved."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.problems import NotEnoughHistory
from core.api.serializers import StrictSerializer
from core.api.viewsets import Changing, tagged
from planning.api.assumptions import StageOfSerializer
from planning.api.solution_serializers import VerdictSerializer
from planning.levers import Lever, key_of, levers_of
from planning.models import Assumption, Plan
from planning.solving import funnel_of
from planning.what_if import (
    LEAST_WIN,
    MOST_WIN,
    Figures,
    saved_figures,
    tried_with,
    what_if,
)

LEVER = "A promotion rate from 0 to 1 with its stage; else times what history says."


class TriedLeverSerializer(StrictSerializer):
    kind = serializers.ChoiceField(choices=Assumption.Kind.choices)
    stage = StageOfSerializer(required=False, allow_null=True, default=None)
    value = serializers.FloatField(help_text=LEVER)


class WhatIfInSerializer(StrictSerializer):
    """What is not named stays as the plan has it. `win` multiplies all promotion rates besides,
    each up to what its stage has room for."""

    levers = TriedLeverSerializer(many=True, required=False, default=list)
    win = serializers.FloatField(
        required=False, default=1.0, min_value=LEAST_WIN, max_value=MOST_WIN
    )

    def validate_win(self, win: float) -> float:
        if not isfinite(win):
            raise serializers.ValidationError(_("Give a number."))
        return win


class LeverSerializer(serializers.Serializer[Any]):
    """`history` in its own measure: a share, money a deal, days, or deals a month; `value`, `low`
    and `high` are assumptions, of which `neutral` changes nothing."""

    kind = serializers.ChoiceField(choices=Assumption.Kind.choices)
    stage = StageOfSerializer(allow_null=True)
    name = serializers.CharField()
    history = serializers.FloatField()
    low80 = serializers.FloatField(allow_null=True)
    high80 = serializers.FloatField(allow_null=True)
    n = serializers.FloatField(allow_null=True)
    value = serializers.FloatField()
    neutral = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class FiguresSerializer(serializers.Serializer[Any]):
    verdict = VerdictSerializer()
    leads = serializers.FloatField()
    expected = serializers.FloatField(allow_null=True)
    p_target = serializers.FloatField(allow_null=True)
    last_lead_month = serializers.DateField(allow_null=True)


class LeversSerializer(serializers.Serializer[Any]):
    plan = serializers.IntegerField()
    estimate = serializers.IntegerField()
    currency = serializers.CharField()
    levers = LeverSerializer(many=True)
    saved = FiguresSerializer()


class ChangeSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Assumption.Kind.choices)
    stage = StageOfSerializer(allow_null=True)
    before = serializers.FloatField()
    after = serializers.FloatField()


class AsPlannedSerializer(serializers.Serializer[Any]):
    expected = serializers.FloatField()
    p_target = serializers.FloatField()


class WhatIfSerializer(serializers.Serializer[Any]):
    """`saved` and `tried` with new leads as each needs them; `as_planned` is what the tried values
    bring with the new leads of the saved plan, null within limits of people or channels."""

    plan = serializers.IntegerField()
    estimate = serializers.IntegerField()
    currency = serializers.CharField()
    changes = ChangeSerializer(many=True)
    saved = FiguresSerializer()
    tried = FiguresSerializer()
    as_planned = AsPlannedSerializer(allow_null=True)


class WhatIfActions(Changing):
    @extend_schema(responses=LeversSerializer)
    @action(detail=True, url_path="what-if")
    def what_if(self, request: Request, pk: int) -> Response:
        """What can be tried: each lever with what history says; 409 where no rates are known."""
        plan = self.get_object()
        levers = _levers(plan)
        document = head_of(plan) | {
            "levers": [_lever(each) for each in levers],
            "saved": _figures(saved_figures(plan)),
        }
        return tagged(request, document)

    @extend_schema(request=WhatIfInSerializer, responses=WhatIfSerializer)
    @what_if.mapping.post
    def try_what_if(self, request: Request, pk: int) -> Response:
        """The plan with these values, by the rates it was solved with. Nothing is saved: to keep
        them, put `assumptions/` or post `scenarios/`."""
        plan = self.get_object()
        levers = _levers(plan)
        body = WhatIfInSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = _wanted(body.validated_data["levers"], levers)
        answer = what_if(plan, tried_with(levers, wanted, win=body.validated_data["win"]))
        return Response(
            head_of(plan)
            | {
                "changes": [
                    about(each.lever) | {"before": each.lever.value, "after": each.value}
                    for each in answer.changes
                ],
                "saved": _figures(answer.saved),
                "tried": _figures(answer.tried),
                "as_planned": None
                if answer.as_planned is None
                else {"expected": answer.expected, "p_target": answer.chance},
            }
        )


def head_of(plan: Plan) -> dict[str, Any]:
    return {"plan": plan.pk, "estimate": plan.estimate_id, "currency": plan.currency}


def _levers(plan: Plan) -> list[Lever]:
    if plan.estimate is None:
        raise NotEnoughHistory
    funnel = funnel_of(plan, plan.estimate)
    return levers_of(funnel, plan.estimate, plan.assumptions.all(), currency=plan.currency)


def _wanted(rows: Sequence[dict[str, Any]], levers: Sequence[Lever]) -> dict[str, float]:
    """{lever: value}; refused beside the row where there is no such lever, or no such value."""
    known, wanted = {lever.key: lever for lever in levers}, {}
    errors: dict[str, Any] = {}
    for place, row in enumerate(rows):
        stage = row["stage"] and (row["stage"]["kind"], row["stage"]["id"])
        key = key_of(row["kind"], stage)
        lever = known.get(key)
        if lever is None:
            text = _("The plan's rates know of no such lever.")
            errors[str(place)] = {"stage" if stage else "kind": [text]}
        elif key in wanted:
            errors[str(place)] = {"kind": [_("Each thing can be assumed only once.")]}
        elif not lever.low <= row["value"] <= lever.high:
            text = _("Give a value from %(low)s to %(high)s.")
            known_as = {"low": f"{lever.low:g}", "high": f"{lever.high:g}"}
            errors[str(place)] = {"value": [text % known_as]}
        else:
            wanted[key] = row["value"]
    if errors:
        raise serializers.ValidationError({"levers": errors})
    return wanted


def about(lever: Lever) -> dict[str, Any]:
    kind, stage = lever.row or (None, None)
    return {"kind": lever.kind, "stage": {"kind": kind, "id": stage} if kind else None}


def _lever(lever: Lever) -> dict[str, Any]:
    names = ("name", "history", "low80", "high80", "n", "value", "neutral", "low", "high")
    return about(lever) | {name: getattr(lever, name) for name in names}


def _figures(found: Figures) -> dict[str, Any]:
    return {
        "verdict": {"code": found.code, "text": found.verdict},
        "leads": found.leads,
        "expected": found.expected,
        "p_target": found.chance,
        "last_lead_month": found.last_month and found.last_month.isoformat(),
    }
