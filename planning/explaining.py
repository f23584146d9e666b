"""How the numbers of a solved plan come about, by where subjects and money come from."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from planning import explaining_amounts, explaining_chance, explaining_limits, explaining_means
from planning.engine.arithmetic import EntriesExplained, Parts, RevenueExplained, Workings
from planning.explained import YEAR, Asked, Explained, NothingToExplain, Part, Told, kept
from planning.explained import three_digits as money
from planning.explaining_parts import parts_of, waited
from planning.explaining_shares import share_of
from planning.funnel_law import Floats
from planning.rounding import largest_remainder
from planning.shares import Shares
from planning.solving import SolvedPlan


def explain(solved: SolvedPlan, asked: Asked, shares: Shares | None = None) -> Explained:
    """Of a part of the plan with its ``shares``. Raises NothingToExplain where it has none such."""
    found = ABOUT.get(asked.about)
    if found is None or (asked.month is not None and not 0 <= asked.month < YEAR):
        raise NothingToExplain
    if asked.quarter is not None and asked.about not in OF_QUARTERS:
        raise NothingToExplain
    told = Told(solved)
    whole = found(told, asked)
    return share_of(told, whole, shares) if shares else whole


def entries(told: Told, asked: Asked) -> Explained:
    """Those who must enter a stage, with the wins that they lead to."""
    stage, solved = asked.stage, told.solved
    if stage is None or not 0 <= stage < len(solved.funnel.rows):
        raise NothingToExplain
    cells = [told.published.entries(stage, month) for month in told.months(asked)]
    counts = largest_remainder(solved.laid_out.entries[stage].tolist())
    value = sum(cell.entries for cell in cells)
    return Explained(
        asked=asked,
        unit="subjects",
        value=value,
        shown=sum(counts[month] for month in told.months(asked)),
        parts=_returning(told, asked, parts_of(solved, [cell.parts for cell in cells])),
        facts=_wins_of(told, stage, cells, value),
        by_month=_origins(told, asked, [cell.parts for cell in cells]),
    )


def _returning(told: Told, asked: Asked, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Of the first stage: new leads as they are asked for, apart from those who come back to it."""
    if asked.stage:
        return parts
    new, months = told.published.solution.new_leads, told.months(asked)
    found, back = [], 0.0
    for part in parts:
        if part.origin != "lead" or part.month is None:
            found.append(part)
            continue
        fresh = min(float(new[part.month]), part.value) if part.month in months else 0.0
        found.append(replace(part, value=fresh))
        back += part.value - fresh
    return kept([*found, Part("back", back)])


def _wins_of(
    told: Told, stage: int, cells: Sequence[EntriesExplained], value: float
) -> dict[str, Any]:
    """How many of those who enter are won, when, and by which rate.

    Leads of a channel are won at their own rate, so the wins of a mix are those of its channels.
    """
    common = cells[0].success
    wins = sum(cell.wins for cell in cells) + sum(_apart(told, stage, c.month) for c in cells)
    success = wins / value if value else common
    scale = success / common if common else 0.0
    landing = scale * np.sum([cell.wins_by_month for cell in cells], axis=0)
    return {
        "success": success,
        "common": common,
        "history": float(told.solved.funnel.by_history.success[stage]),
        "rate": told.rate(stage),
        "wins": wins,
        "landing": landing,
        "later": max(wins - float(landing.sum()), 0.0),
        "landing_month": cells[0].landing_month if len(cells) == 1 else None,
        "median_weeks": cells[0].median_weeks,
        "two_thirds_weeks": cells[0].two_thirds_weeks,
    }


def _apart(told: Told, stage: int, month: int) -> float:
    """Wins by which the leads of the plan's channels differ from as many leads of all."""
    within = told.solved.within
    if within is None or not within.is_reached:
        return 0.0
    common = told.solved.funnel.law.success[stage]
    leads = within.program.segment_leads
    entering = (
        each @ segment.outlook.per_lead.entries[:, month, stage]
        for segment, each in zip(within.segments, leads, strict=True)
    )
    rates = (segment.law.success[stage] - common for segment in within.segments)
    return float(sum(n * rate for n, rate in zip(entering, rates, strict=True)))


def won(told: Told, asked: Asked) -> Explained:
    """The wins of a month: so far, and to come."""
    solved = told.solved
    so_far = solved.won_so_far
    cells = [told.published.revenue(month) for month in told.months(asked)]
    left = told.left(told.published).wins
    each = [waited(c.wins, left[c.month], certain=float(so_far[c.month])) for c in cells]
    counts = largest_remainder((solved.laid_out.wins + so_far).tolist())
    return Explained(
        asked=asked,
        unit="subjects",
        value=sum(parts.total for parts in each),
        shown=sum(counts[month] for month in told.months(asked)),
        parts=parts_of(solved, each),
        facts={"coming": sum(_coming(told, cell) for cell in cells)},
        by_month=_origins(told, asked, each),
    )


def _coming(told: Told, cell: RevenueExplained) -> float:
    left = float(told.left(told.published).revenue[cell.month])
    return left * (cell.revenue.total - cell.revenue.certain)


def revenue(told: Told, asked: Asked) -> Explained:
    """The revenue of a month, or year, of the requirements published."""
    return _revenue(told, asked, told.published)


def expected(told: Told, asked: Asked) -> Explained:
    """The revenue that can be expected of the year, as the verdict says."""
    return _revenue(told, asked, told.possible)


def _revenue(told: Told, asked: Asked, workings: Workings) -> Explained:
    cells, left = [workings.revenue(month) for month in told.months(asked)], told.left(workings)
    each = [waited(c.revenue, left.revenue[c.month], certain=c.revenue.certain) for c in cells]
    value = sum(parts.total for parts in each)
    wins = sum(cell.wins.total * float(left.wins[cell.month]) for cell in cells)
    certain = sum(cell.revenue.certain for cell in cells)
    return Explained(
        asked=asked,
        unit="money",
        value=value,
        shown=money(value),
        parts=parts_of(told.solved, each, base=sum(cell.base for cell in cells)),
        facts={
            "wins": wins,
            "coming": value - certain,
            "per_win": (value - certain) / wins if wins else None,
        },
        by_month=_origins(told, asked, each),
    )


def leads(told: Told, asked: Asked) -> Explained:
    """New leads: what the target leaves to them, over what one of them brings."""
    workings = told.published
    new, plan = workings.solution.new_leads, told.solved.window.in_plan
    fixed = workings.leads()
    brought = float(new @ workings.outlook.per_lead.revenue @ plan)
    value = float(new.sum())
    return Explained(
        asked=asked,
        unit="subjects",
        value=value,
        shown=round(value),
        parts=kept([Part("lead", float(n), month=m) for m, n in enumerate(new)]),
        facts={
            "target": fixed.target,
            "cushion": fixed.cushion + told.lost(workings),
            "certain": fixed.certain,
            "from_open": fixed.from_open,
            "from_direct": fixed.from_direct,
            "brought": brought,
            "per_lead": brought / value if value else None,
            "by_channel": explaining_means.leads_by_channel(told.solved),
        },
        by_month={"new": new},
    )


def last(told: Told, asked: Asked) -> Explained:
    """The last month in which a lead still pays off: how much of it comes in time, by month."""
    found = told.solved.solution
    share, month = found.payoff_share, found.last_lead_month
    return Explained(
        asked=asked,
        unit="share",
        value=float(share[month]) if month is not None else 0.0,
        shown=float(share[month]) if month is not None else 0.0,
        parts=(),
        facts={"month": month, "least": told.solved.goal.pays_off},
        by_month={"new": share},
    )


def _origins(told: Told, asked: Asked, each: Sequence[Parts]) -> dict[str, Floats]:
    """float[M] by origin; empty for a single month, or a quarter."""
    if asked.month is not None or asked.quarter is not None:
        return {}
    names = ("so_far", "open", "self", "new")
    return dict(zip(names, np.array([parts.origins for parts in each]).T, strict=True))


OF_QUARTERS = ("won", "revenue")
ABOUT: dict[str, Callable[[Told, Asked], Explained]] = {
    "entries": entries,
    "won": won,
    "revenue": revenue,
    "expected": expected,
    "leads": leads,
    "last": last,
    **explaining_amounts.ABOUT,
    **explaining_chance.ABOUT,
    **explaining_means.ABOUT,
    **explaining_limits.ABOUT,
}
