"""What a funnel would be like if deals were larger, won more often, or moved faster.

For levers ("what would it take?"), sliders, and channels whose leads convert better or worse.
Each function gives a new law of the same stages; the given one is left alone. All raise
ValueError for a factor that is missing, negative or beyond MOST, and for nothing else.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planning.engine.law import NOBODY_LEFT, Floats, FunnelLaw, OpenStays

MOST = 1e6
FASTEST, SLOWEST = 0.01, 100.0

# A row of no more than this is one of probabilities.
WHOLE = 1 + 1e-9


def with_amounts(law: FunnelLaw, factor: float) -> FunnelLaw:
    """Deals won in future, and open ones of unknown amount, are `factor` times as large."""
    _check(factor)
    mean = None if law.mean_amount is None else law.mean_amount * factor
    return replace(law, amount_per_win=law.amount_per_win * factor, mean_amount=mean)


def with_direct(law: FunnelLaw, factor: float) -> FunnelLaw:
    """`factor` times as many subjects begin past the first stage."""
    _check(factor)
    if law.direct_per_month is None:
        return law
    return replace(law, direct_per_month=law.direct_per_month * factor)


def with_pace(law: FunnelLaw, factor: float) -> FunnelLaw:
    """Every stay lasts `factor` (.01 .. 100) times as long; what becomes of it stays the same.

    The ages of open subjects have to be told in the same measure: see `at_pace`.
    """
    _check_pace(factor)
    return replace(law, edges=law.edges * factor)


def at_pace(stays: OpenStays, factor: float) -> OpenStays:
    """The open stays with as much behind them as before, once what is ahead takes `factor`
    times as long: f(a + d / factor) / factor is the density of d at an age of factor x a in a
    law of that pace."""
    _check_pace(factor)
    return OpenStays(
        stays.stage, stays.age_days * factor, stays.amount, stays.count, stays.amount_sq
    )


def promotions(law: FunnelLaw) -> Floats:
    """float[S]: expected moves forward, wins included, per entry."""
    return np.asarray(_forward(law.offspring, law.wins).sum(axis=1))


def most_promotions(law: FunnelLaw) -> Floats:
    """float[S]: the largest ratio of promotions that leaves a stage one of probabilities.

    inf where a row counts entries that one subject causes several of (deals per customer);
    1 where such a row leads back to itself, and where nobody ever moves forward.
    """
    most = _most(law.offspring, law.wins)
    if law.value_offspring is not None and law.value_wins is not None:
        most = np.minimum(most, _most(law.value_offspring, law.value_wins))
    return most


def with_promotion(
    law: FunnelLaw, stage: int, *, factor: float = 1.0, points: float = 0.0
) -> FunnelLaw:
    """The promotion rate of one stage times `factor`, plus `points` (.05: five points more).

    Capped at what leaves a probability, and at zero; a stage that nobody ever left forward has
    no way there that could be scaled, and stays as it is.
    """
    _check(factor)
    if not np.isfinite(points):
        raise ValueError("points are a number")
    now = promotions(law)[stage]
    ratio = np.ones(len(law.stages))
    if now > NOBODY_LEFT:
        ratio[stage] = min(max(factor + points / now, 0.0), MOST)
    return with_promotions(law, ratio)


def with_promotions(law: FunnelLaw, ratio: Floats) -> FunnelLaw:
    """float[S]: moves forward out of each stage, wins included, are `ratio` times as likely.

    Those who would have been lost, or gone nowhere, make room for them or take their place, in
    proportion and at their own ages; moves back are as they were. Capped at `most_promotions`.
    """
    _check(ratio)
    ratio = np.minimum(ratio, most_promotions(law))
    offspring, wins = _scaled(law.offspring, law.wins, ratio)
    changed = replace(
        law,
        offspring=offspring,
        wins=wins,
        survival=_survival(law.offspring, law.wins, law.survival, ratio),
    )
    if law.value_offspring is None or law.value_wins is None:
        return changed
    lasted = law.survival if law.value_survival is None else law.value_survival
    value_offspring, value_wins = _scaled(law.value_offspring, law.value_wins, ratio)
    return replace(
        changed,
        value_offspring=value_offspring,
        value_wins=value_wins,
        value_survival=_survival(law.value_offspring, law.value_wins, lasted, ratio),
    )


def _check(factor: Floats | float) -> None:
    if not np.all(np.isfinite(factor) & (np.asarray(factor) >= 0) & (np.asarray(factor) <= MOST)):
        raise ValueError("a factor is a number from zero to a million")


def _check_pace(factor: float) -> None:
    if not FASTEST <= factor <= SLOWEST:
        raise ValueError("a pace is between a hundredth and a hundred times that of late")


def _forward(offspring: Floats, wins: Floats) -> Floats:
    """float[S, A]."""
    return np.asarray(np.einsum("sja,sj->sa", offspring, _ahead(len(wins))) + wins)


def _ahead(stages: int) -> Floats:
    return np.triu(np.ones((stages, stages)), 1)


def _scaled(offspring: Floats, wins: Floats, ratio: Floats) -> tuple[Floats, Floats]:
    times = np.where(_ahead(len(wins)) > 0, ratio[:, None], 1.0)
    return offspring * times[:, :, None], wins * ratio[:, None]


def _most(offspring: Floats, wins: Floats) -> Floats:
    forward = _forward(offspring, wins).sum(axis=1)
    other = offspring.sum(axis=(1, 2)) + wins.sum(axis=1) - forward
    anybody = forward > NOBODY_LEFT
    room = (1 - other) / np.where(anybody, forward, 1.0)
    beyond = np.where(_leads_back(offspring), 1.0, np.inf)
    most = np.where(forward + other <= WHOLE, np.maximum(room, 1.0), beyond)
    return np.where(anybody, most, 1.0)


def _leads_back(offspring: Floats) -> Floats:
    """bool[S]: whether a move forward out of a stage can lead to that stage again."""
    moves = offspring.sum(axis=2) > 0
    stages = len(moves)
    reached = np.eye(stages, dtype=bool)
    for _ in range(stages):
        reached = reached | (reached @ moves)
    return np.asarray(((moves & (_ahead(stages) > 0)) @ reached).diagonal())


def _survival(offspring: Floats, wins: Floats, survival: Floats, ratio: Floats) -> Floats:
    """float[S, A+1]: the share of stays that last to each age once promotions are scaled.

    Of those still there at an age, forward(a) will move forward, back(a) back, and the rest
    nowhere; scaled they are k forward + back + r rest, and r is such that all are 1 at age 0.
    """
    forward = _still_to_come(_forward(offspring, wins))
    moves = _still_to_come(offspring.sum(axis=1) + wins)
    rest = np.maximum(survival - moves, 0.0)
    more = (ratio - 1)[:, None]
    nowhere = rest[:, :1]
    is_known = nowhere > WHOLE - 1
    kept = np.clip(1 - more * forward[:, :1] / np.where(is_known, nowhere, 1.0), 0.0, None)
    # Where all move on, those who no longer do are lost when they would have moved.
    changed = np.where(is_known, survival + more * forward - (1 - kept) * rest, survival)
    # Re-openings come later than the stay ended, so that more may be to come than is there.
    changed = np.clip(changed, np.minimum(ratio, 1.0)[:, None] * survival, 1.0)
    is_probability = moves[:, :1] <= WHOLE
    return np.where(is_probability, np.minimum.accumulate(changed, axis=1), survival)


def _still_to_come(moves: Floats) -> Floats:
    """float[S, A+1] of float[S, A]: the sum from each age on."""
    total = np.zeros((len(moves), moves.shape[1] + 1))
    total[:, :-1] = np.cumsum(moves[:, ::-1], axis=1)[:, ::-1]
    return total
