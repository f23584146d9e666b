"""When open deals will be won, by day."""

import numpy as np

from pipeline.estimation.aalen_johansen import AalenJohansen
from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.bins import AGE_EDGES
from pipeline.estimation.stages import StageList


def daily_increments(estimate: AalenJohansen, days: int) -> Floats:
    """float[S, K, days]: increments of the age bins, spread evenly over the days of each."""
    width = np.diff(AGE_EDGES).astype(int)
    per_day = np.repeat(estimate.increments / width, width, axis=-1)
    return np.asarray(per_day[..., :days])


def expected_wins_by_day(
    estimate: AalenJohansen,
    stages: StageList,
    stage: Ints,
    age_days: Floats,
    *,
    days: int,
) -> Floats:
    """float[days]: wins expected on each of the `days` from now on, from deals now open.

    stage int[n] and age_days float[n] of the deals; the estimate has no leading axis. Deals
    older than any seen are expected to move no more. Moves fall in the middle of a day and
    are split half and half between it and the next, or a growing year would be biased.
    """
    oldest = int(np.floor(age_days.max(initial=0.0))) + 1
    leaving = daily_increments(estimate, oldest + days)
    staying = 1.0 - np.cumsum(leaving.sum(axis=-2), axis=-1) + leaving.sum(axis=-2)
    moves = np.zeros((len(stages), days))
    key = stage.astype(np.int64) * oldest + np.floor(age_days).astype(np.int64)
    for cell, deals in zip(*np.unique(key, return_counts=True), strict=True):
        place, age = divmod(int(cell), oldest)
        if staying[place, age] > 1e-12:
            onward = leaving[place, :, age : age + days]
            moves[:, : onward.shape[-1]] += deals * onward / staying[place, age]
    moves = _split_between_days(moves)
    return np.asarray(
        moves[stages.won] + _wins_after(moves, win_days(estimate, stages, days), stages)
    )


def win_days(estimate: AalenJohansen, stages: StageList, days: int) -> Floats:
    """float[K, days]: probability that a stay in stage k leads to a win on its n-th day.

    The renewal equation w(t) = g_won(t) + Σ_k Σ_u g_k(u) w_k(t − u), solved day by day.
    """
    kernel = _split_between_days(_padded(daily_increments(estimate, days), days))
    onward = kernel[:, stages.transient]
    wins = np.zeros((len(stages), days))
    within_day = onward[stages.transient, :, 0]
    solve_day = np.linalg.inv(np.eye(len(within_day)) - within_day)
    for day in range(days):
        past = wins[stages.transient, :day][:, ::-1]
        onto = np.einsum("skt,kt->s", onward[:, :, 1 : day + 1], past)
        arriving = (kernel[:, stages.won, day] + onto)[stages.transient]
        wins[stages.transient, day] = solve_day @ arriving
    return wins


def _wins_after(moves: Floats, wins: Floats, stages: StageList) -> Floats:
    days = moves.shape[-1]
    later = [np.convolve(moves[k], wins[k])[:days] for k in stages.transient]
    return np.asarray(np.sum(later, axis=0))


def _padded(increments: Floats, days: int) -> Floats:
    missing = days - increments.shape[-1]
    return np.pad(increments, [(0, 0), (0, 0), (0, missing)]) if missing > 0 else increments


def _split_between_days(mass: Floats) -> Floats:
    half = mass / 2
    split = half.copy()
    split[..., 1:] += half[..., :-1]
    return split
