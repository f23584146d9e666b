"""What a plan takes to be otherwise than history says, laid over the funnel of an estimate."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.templatetags.figures import percent
from planning.engine.law import Floats
from planning.engine.law_changes import (
    at_pace,
    most_promotions,
    with_amounts,
    with_direct,
    with_pace,
    with_promotions,
)
from planning.funnel_law import KnownFunnel
from planning.models import Assumption, Plan

Row = tuple[str, int]
"""Kind (customer or opportunity) and id of a stage."""

Kind = Assumption.Kind


def taken(plan: Plan, assumptions: Iterable[Assumption] | None = None) -> list[Assumption]:
    """The plan's own assumptions, or those that are tried instead of them."""
    if assumptions is not None:
        return list(assumptions)
    return list(plan.assumptions.all()) if plan.pk else []


def told_apart(assumptions: Iterable[Assumption]) -> tuple[tuple[str, Row | None, float], ...]:
    """What tells a funnel with these assumptions from one with others."""
    return tuple(sorted(((each.kind, each.row, each.value) for each in assumptions), key=str))


def assumed(funnel: KnownFunnel, assumptions: Iterable[Assumption]) -> KnownFunnel:
    """``funnel`` as a plan takes it to be.

    A rate beyond what the stage has room for is held there, and a stage that the funnel does not
    have is passed over: newer rates than an assumption was made with never stop a plan.
    """
    made = list(assumptions)
    if not made:
        return funnel
    factor = {each.kind: each.value for each in made if each.kind != Kind.PROMOTION}
    pace = factor.get(Kind.PACE, 1.0)
    law = with_promotions(funnel.law, _ratios(funnel, made))
    law = with_amounts(law, factor.get(Kind.AMOUNT, 1.0))
    law = with_direct(law, factor.get(Kind.DIRECT, 1.0))
    return replace(
        funnel,
        law=with_pace(law, pace),
        open_stays=at_pace(funnel.open_stays, pace),
        history=funnel.by_history,
    )


def _ratios(funnel: KnownFunnel, assumptions: Iterable[Assumption]) -> Floats:
    """float[S]: assumed promotion rates over those of history."""
    ratios = np.ones(len(funnel.rows))
    for each in assumptions:
        rate = rate_of(funnel, each.row)
        if each.row and rate:
            ratios[funnel.rows.index(each.row)] = each.value / rate
    return ratios


def rate_of(funnel: KnownFunnel, row: Row | None) -> float | None:
    """The promotion rate that history gives a stage; None where it has none, or no such stage."""
    return funnel.rates[funnel.rows.index(row)] if row in funnel.rows else None


def most_of(funnel: KnownFunnel, row: Row) -> float:
    """The largest promotion rate that a stage has room for beside its moves back."""
    place = funnel.rows.index(row)
    ratio = float(most_promotions(funnel.by_history)[place])
    return min(ratio * (funnel.rates[place] or 0.0), 1.0)


def check(funnel: KnownFunnel, assumption: Assumption) -> None:
    """Raises ValidationError where these rates leave no room for an assumption."""
    row = assumption.row
    if row is None:
        return
    if not rate_of(funnel, row):
        text = _("Nobody was ever promoted out of this stage: there is no rate to change.")
        raise ValidationError({"value": text})
    most = most_of(funnel, row)
    if assumption.value > most + 5e-4:
        text = _("At most %(most)s of this stage can move forward: the others move back.")
        raise ValidationError({"value": text % {"most": percent(most, 1)}})


def success_of(funnel: KnownFunnel, stage: int, published: float | None) -> float | None:
    """The published success rate of a stage, changed as its wins are by what is assumed."""
    before = float(funnel.by_history.success[stage])
    if published is None or funnel.history is None or before <= 0:
        return published
    return min(published * float(funnel.law.success[stage]) / before, 1.0)
