"""Companies whose true rates are known: three years of history, a plan made from it, and the
year that then comes, with the deals that were open at the plan's beginning among it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from pipeline.estimation import (
    DAY,
    Moves,
    StageList,
    amount_per_move,
    find_stays,
    funnel_curves,
    rates_of_stays,
)
from pipeline.estimation.arrays import Floats
from planning.engine import FunnelLaw, Goal, OpenStays, PlanWindow, solve

STAGES = StageList.of(("Lead", "Qualified", "Offer"))
HISTORY_DAYS = 3 * 365
YEAR = PlanWindow.of_year(date(2002, 1, 1), date(2002, 1, 1))
LEADS = (300, 3_000)
TIMES_LAST_YEAR = 1.5
CONFIDENCE = 80.0


@dataclass(frozen=True)
class Truth:
    """advance, advance_days and lose_days float[3]: chance of moving on from each stage, and
    mean days before it and before a loss; leads of the three years, `growth` a year; amounts
    are gamma with `amount_cv` around a thousand, whatever becomes of the deal."""

    advance: Floats
    advance_days: Floats
    lose_days: Floats
    leads: int
    growth: float
    amount_cv: float = 0.9


@dataclass(frozen=True)
class Told:
    """How a year went: revenue over the target, with rates taken as uncertain as they are
    (`hit`) and as if they were known (`bold`); wins the estimate was made of."""

    hit: float
    bold: float
    wins: float


@dataclass(frozen=True)
class Deals:
    """Moves known in full, and float[n] amounts of the deals 0 to n - 1."""

    moves: Moves
    amount: Floats

    def won_between(self, begin: float, end: float) -> float:
        """Revenue of a span, in days of the history."""
        moves = self.moves
        won = (moves.stage == STAGES.won) & (moves.at >= begin * DAY) & (moves.at < end * DAY)
        return float(self.amount[moves.subject[won]].sum())


def truth_of(seed: int) -> Truth:
    rng = np.random.default_rng([seed, 1])
    advance_days = rng.uniform(10, 60, 3)
    return Truth(
        advance=rng.uniform(0.35, 0.6, 3),
        advance_days=advance_days,
        lose_days=advance_days * rng.uniform(1, 2),
        leads=int(np.exp(rng.uniform(*np.log(LEADS)))),
        growth=rng.uniform(0, 0.5),
    )


def live(seed: int) -> Told:
    """A company plans a year's leads to reach its target with a chance of 80 %, and lives it."""
    truth = truth_of(seed)
    rng = np.random.default_rng([seed, 2])
    history = _deals(truth, _births(truth, rng), rng)
    law, stays = what_is_known(history)
    last_year = np.sum((history.moves.stage == 0) & (history.moves.at >= 730 * DAY)) / 2
    # A target that no luck of last year's is in.
    target = TIMES_LAST_YEAR * last_year * truth.advance.prod() * 1000.0
    certain = replace(law, success_log_sd=np.zeros(3))
    hit, bold = (_year(truth, history, each, stays, target, seed) for each in (law, certain))
    return Told(hit, bold, law.wins_seen or 0.0)


def what_is_known(history: Deals) -> tuple[FunnelLaw, OpenStays]:
    """The law estimated at the end of the history, and who is open then."""
    amounts = amount_per_move(history.moves, np.arange(history.amount.size), history.amount)
    stays = find_stays(history.moves, STAGES, as_of=HISTORY_DAYS * DAY, amount=amounts)
    rates = rates_of_stays(stays)
    law = FunnelLaw(**vars(funnel_curves(rates)), wins_seen=rates.subjects.won)
    still = stays.is_open_deal()
    amount = history.amount[stays.subject[still]]
    return law, OpenStays(stays.stage[still].astype(np.int64), stays.age_days()[still], amount)


def _year(
    truth: Truth, history: Deals, law: FunnelLaw, stays: OpenStays, target: float, seed: int
) -> float:
    """Revenue over the target of a year in which the planned leads come, luck by `seed`."""
    rng = np.random.default_rng([seed, 3])
    leads = solve(law, stays, YEAR, Goal(target, CONFIDENCE)).new_leads
    # A month's leads are whole, and as many as planned on average.
    count = np.floor(leads + rng.random(leads.size)).astype(int)
    begin, end = np.repeat(YEAR.edges[:-1], count), np.repeat(YEAR.edges[1:], count)
    born = np.sort(HISTORY_DAYS + begin + (end - begin) * rng.random(count.sum()))
    year = (HISTORY_DAYS, HISTORY_DAYS + YEAR.edges[-1])
    new = _deals(truth, born, rng)
    return (history.won_between(*year) + new.won_between(*year)) / target


def _births(truth: Truth, rng: np.random.Generator) -> Floats:
    day = np.arange(HISTORY_DAYS)
    rate = (1 + truth.growth) ** (day / 365)
    return np.sort(rng.choice(day, truth.leads, p=rate / rate.sum()) + rng.random(truth.leads))


def _deals(truth: Truth, born: Floats, rng: np.random.Generator) -> Deals:
    alive, clock = np.arange(born.size), born
    rows = [(alive, np.zeros(born.size, np.int32), clock)]
    for stage in range(3):
        moves_on = rng.random(alive.size) < truth.advance[stage]
        mean = np.where(moves_on, truth.advance_days[stage], truth.lose_days[stage])
        clock = clock + rng.gamma(2.0, mean / 2)
        ends = np.where(moves_on, stage + 1, STAGES.lost).astype(np.int32)
        rows.append((alive, ends, clock))
        alive, clock = alive[moves_on], clock[moves_on]
    subject, stage_of, day = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.lexsort((day, subject))
    moves = Moves(subject[order], stage_of[order], (day[order] * DAY).astype(np.int64))
    spread = truth.amount_cv**2
    return Deals(moves, rng.gamma(1 / spread, spread * 1000.0, born.size))
