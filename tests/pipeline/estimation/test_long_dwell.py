"""Where dwell takes years, much of what is won is won at ages that few stays have reached."""

import logging

import numpy as np
import pytest

from pipeline.estimation import (
    DAY,
    Moves,
    StageList,
    aalen_johansen,
    count_stays,
    eventual_fates,
    find_stays,
    rates_of_stays,
)
from pipeline.estimation.aalen_johansen import shared_ages, speaking_ages

figures = logging.getLogger(__name__)

STAGES = StageList.of(("Study", "Permit", "Works"))
YEARS = 14 * 365
PROMOTED, MEDIAN = (0.45, 0.6, 0.75), (300, 600, 500)


def a_pipeline(seed, *, deals=8000, growth=0.25):
    """Moves of deals that take about six years, their number growing by `growth` a year."""
    rng = np.random.default_rng(seed)
    rate = np.log1p(growth) / 365
    begun = np.log1p(rng.random(deals) * np.expm1(rate * YEARS)) / rate
    subject, stage, at = [np.arange(deals)], [np.zeros(deals, int)], [begun]
    there = np.arange(deals)
    for place, (promoted, median) in enumerate(zip(PROMOTED, MEDIAN, strict=True)):
        begun = begun + median * np.exp(1.1 * rng.standard_normal(len(there)))
        on = rng.random(len(there)) < promoted
        subject.append(there)
        stage.append(np.where(on, place + 1, STAGES.lost))
        at.append(begun)
        there, begun = there[on], begun[on]
    columns = (np.concatenate(part) for part in (subject, stage, at))
    who, where, when = columns
    return Moves.sort(who, where.astype(np.int32), (when * DAY).astype(np.int64))


def stays_of(seed):
    return find_stays(a_pipeline(seed), STAGES, as_of=YEARS * DAY)


def test_success_misses_little_of_what_is_won_late():
    truth, found, alone = np.prod(PROMOTED), [], []
    for seed in range(8):
        stays = stays_of(seed)
        counts = count_stays(stays).total()
        found.append(rates_of_stays(stays).by_stage[0].success.rate)
        cut = aalen_johansen(counts, within=speaking_ages(counts))
        alone.append(eventual_fates(cut, STAGES).won[0])
    bias, without = np.mean(found) / truth - 1, np.mean(alone) / truth - 1
    figures.info(f"bias {bias:.1%}, without the old ages {without:.1%}")
    assert abs(bias) < 0.1
    assert without < -0.15


def test_old_ages_share_one_hazard_that_accounts_for_all_their_moves():
    counts = count_stays(stays_of(1)).total()
    old, seen = shared_ages(counts), aalen_johansen(counts).at_risk > 0
    found = aalen_johansen(counts, together=old)
    for stage in STAGES.open:
        ages = np.flatnonzero(old[stage])
        assert ages[-1] == np.flatnonzero(seen[stage])[-1]
        assert (np.diff(ages) == 1).all()
        hazards = found.hazards[stage][:, ages]
        assert np.ptp(hazards, axis=-1) == pytest.approx(0.0)
        expected = (hazards * found.at_risk[stage, ages]).sum(axis=-1)
        assert expected == pytest.approx(counts.events[stage][:, ages].sum(axis=-1))
