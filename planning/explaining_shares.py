"""The numbers of one part of a plan: its share of those of the whole."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from accounts.models import User
from planning.engine.law import Floats
from planning.explained import Asked, Explained, NothingToExplain, Told, kept
from planning.models import Plan
from planning.requirement_parts import Row, Shares, divided, divided_wins, shares_of
from planning.segments import SEGMENTS, WON

ABOUT = ("entries", "won")


def shares_asked(plan: Plan, asked: Asked, user: User) -> Shares | None:
    """How what ``user`` asks about is divided; None of a number of the plan as a whole."""
    if not asked.dimension:
        return None
    if asked.dimension not in SEGMENTS or asked.about not in ABOUT:
        raise NothingToExplain
    return shares_of(plan, asked.dimension, user)


def share_of(told: Told, whole: Explained, shares: Shares) -> Explained:
    """As much of ``whole``, of entries or wins, as is the part's that is asked about."""
    asked = whole.asked
    if asked.value not in shares.values:
        raise NothingToExplain
    p = shares.values.index(asked.value)
    row = WON if asked.about == "won" else told.solved.funnel.rows[asked.stage or 0]
    share = float(shares.exact(row)[p])
    counts = _counts(told, asked, shares)[p]
    return replace(
        whole,
        asked=replace(asked, name=shares.names[p]),
        value=whole.value * share,
        shown=sum(counts[month] for month in told.months(asked)),
        parts=kept([replace(part, value=part.value * share) for part in whole.parts]),
        facts=_scaled(whole.facts, share) | _why(shares, row, p, whole.shown, share),
        by_month={name: values * share for name, values in whole.by_month.items()},
    )


def _counts(told: Told, asked: Asked, shares: Shares) -> Sequence[Sequence[int]]:
    """int[P, M] as the page of targets has them."""
    solved = told.solved
    if asked.about == "won":
        wins = (solved.laid_out.wins + solved.won_so_far).tolist()
        return divided_wins(wins, shares)[1].tolist()  # type: ignore[no-any-return]
    rows = [row for row in solved.requirements() if row.position == asked.stage]
    (stage,) = divided(rows, shares)
    return stage.rounded.tolist()  # type: ignore[no-any-return]


SCALED = ("wins", "landing", "later", "coming")


def _scaled(facts: dict[str, Any], share: float) -> dict[str, Any]:
    found: dict[str, float | Floats] = {name: facts[name] for name in SCALED if name in facts}
    return facts | {name: value * share for name, value in found.items()}


def _why(shares: Shares, row: Row, p: int, whole: float, share: float) -> dict[str, Any]:
    """What the share rests on: cents of the target, or entries of the last year."""
    weights = shares.of(row)
    if shares.by_target:
        basis = "target"
    elif not any(weights):
        basis = "alike"
    else:
        basis = "stage" if row in shares.weights else "funnel"
    about = {"basis": basis, "weight": weights[p], "weights": sum(weights)}
    return {"share": about | {"share": share, "whole": whole, "parts": len(weights)}}
