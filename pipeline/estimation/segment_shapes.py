"""What each segment has shown by itself, before it leans on the others."""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.estimation.aalen_johansen import AalenJohansen, aalen_johansen, speaking_ages
from pipeline.estimation.arrays import Bools, Floats
from pipeline.estimation.chain import eventual_fates, reach_probability
from pipeline.estimation.counts import EventCounts
from pipeline.estimation.dwell import dwell_quantile
from pipeline.estimation.estimate import information
from pipeline.estimation.level import adjust
from pipeline.estimation.rates import Rates
from pipeline.estimation.segment_counts import SegmentChunk
from pipeline.estimation.segment_levels import moves_beside_expected
from pipeline.estimation.stages import StageList
from pipeline.estimation.value import Refusal, refusal


@dataclass(frozen=True)
class Shown:
    """What g segments have shown, float[g, S] unless said otherwise.

    left float[g, S, K] stays by destination, still those not ended; told: as how many closed
    stays they count; promotion, success (on a ladder that of being handed over), value (nan
    where refused) raw rates; value_told: as
    how many equal deals the money counts; unresolved (of a stay), nowhere (of a subject);
    median and p90 days, nan where not reached; observed and expected moves out of the stage;
    wins, priced_wins, won_amount float[g]; refused: why there is no value, one a segment.
    """

    left: Floats
    still: Floats
    told: Floats
    promotion: Floats
    success: Floats
    value: Floats
    value_told: Floats
    unresolved: Floats
    nowhere: Floats
    median: Floats
    p90: Floats
    observed: Floats
    expected: Floats
    wins: Floats
    priced_wins: Floats
    won_amount: Floats
    refused: tuple[Refusal | None, ...]


def shown_by(
    chunk: SegmentChunk, whole: Rates, theta: Floats | None, hands_over: int | None = None
) -> Shown:
    """Raw rates of the segments of a chunk; `theta` float[S, K] is the level of the whole.

    Where a stage `hands_over` the stages are a ladder's, and success is to come there.
    """
    stages, counts = chunk.stages, chunk.counts
    own, within = _own_estimate(counts, whole.estimate, theta)
    fates = eventual_fates(own, stages)
    observed, expected = moves_beside_expected(counts, whole.estimate)
    value, value_told = _by_value(chunk, within, whole, theta)
    priced, amounts = _wins_of(chunk.priced, stages, len(own.survival)), chunk.amounts
    return Shown(
        left=counts.events.sum(axis=-1),
        still=counts.censored.sum(axis=-1),
        told=information(counts, whole.estimate),
        promotion=np.minimum(own.expected(forward_of(stages)), 1.0),
        success=fates.won if hands_over is None else reach_probability(own, stages, hands_over),
        value=value,
        value_told=value_told,
        unresolved=own.unresolved,
        nowhere=fates.unresolved,
        median=_quantiles(own.survival, 0.5),
        p90=_quantiles(own.survival, 0.9),
        observed=observed.sum(axis=-1),
        expected=expected.sum(axis=-1),
        wins=_wins_of(counts, stages, len(own.survival)),
        priced_wins=priced,
        won_amount=_wins_of(amounts, stages, len(own.survival)),
        refused=_refusals(chunk, whole),
    )


def forward_of(stages: StageList) -> Floats:
    """float[S, K]: 1 for the destinations that are an advance out of each stage."""
    return np.array([stages.forward(stage) for stage in range(len(stages))], float)


def money_told(amounts: EventCounts, estimate: AalenJohansen) -> Floats:
    """float[..., S]: as how many equal deals the money counts, (Σ w)² / Σ w² (Kish, 1965)."""
    squares = EventCounts(amounts.events_sq, amounts.censored_sq, *(amounts.events_sq,) * 2)
    weight, squared = information(amounts, estimate), information(squares, estimate)
    return np.divide(weight**2, squared, out=np.zeros_like(weight), where=squared > 0)


def _own_estimate(
    counts: EventCounts, whole: AalenJohansen, theta: Floats | None
) -> tuple[AalenJohansen, Bools]:
    """The segments' own hazards at the ages they can speak for, bool[g, S, A], else the whole's.

    A young segment has seen nobody grow old; what becomes of its old deals is then known
    only from the others', and its rates would otherwise miss all that happens late.
    """
    within = speaking_ages(counts) & (whole.at_risk > 0)
    return _completed(counts, within, whole, theta), within


def _completed(
    counts: EventCounts, within: Bools, whole: AalenJohansen, theta: Floats | None
) -> AalenJohansen:
    own = aalen_johansen(counts, within=within)
    speaks = (own.at_risk > 0)[..., None, :]
    level = np.ones(whole.reached.shape) if theta is None else theta
    hazards = np.where(speaks, own.hazards * level[..., None], whole.hazards)
    return adjust(replace(own, hazards=hazards), np.ones_like(level))


def _by_value(
    chunk: SegmentChunk, within: Bools, whole: Rates, theta: Floats | None
) -> tuple[Floats, Floats]:
    if chunk.amounts is None or whole.value is None:
        shape = chunk.counts.censored.shape[:-1]
        return np.full(shape, np.nan), np.zeros(shape)
    own = _completed(chunk.amounts, within, whole.value.estimate, theta)
    return eventual_fates(own, chunk.stages).won, money_told(chunk.amounts, whole.estimate)


def _wins_of(counts: EventCounts | None, stages: StageList, segments: int) -> Floats:
    if counts is None:
        return np.zeros(segments)
    return np.asarray(counts.events[:, :, stages.won].sum(axis=(-2, -1)))


def _refusals(chunk: SegmentChunk, whole: Rates) -> tuple[Refusal | None, ...]:
    if chunk.priced is None or whole.value_refused is not None:
        return (whole.value_refused or Refusal.NO_AMOUNTS,) * chunk.segments
    pairs = zip(_each(chunk.counts), _each(chunk.priced), strict=True)
    return tuple(refusal(counts, priced, chunk.stages) for counts, priced in pairs)


def _each(counts: EventCounts) -> list[EventCounts]:
    """Each segment's counts, all ages as one."""
    events = counts.events.sum(axis=-1, keepdims=True)
    censored = counts.censored.sum(axis=-1, keepdims=True)
    return [EventCounts(e, c, e, c) for e, c in zip(events, censored, strict=True)]


def _quantiles(survival: Floats, share: float) -> Floats:
    flat = survival.reshape(-1, survival.shape[-1])
    days = [dwell_quantile(row, share) for row in flat]
    return np.array(days, float).reshape(survival.shape[:-1])
