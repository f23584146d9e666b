"""Rates of a ladder that is joined to a pipeline."""

from dataclasses import replace

from pipeline.estimation.chain import reach_probability
from pipeline.estimation.counts import EventCounts, count_stays
from pipeline.estimation.estimate import estimate_rates, success_rates
from pipeline.estimation.join import Join
from pipeline.estimation.level import Recency
from pipeline.estimation.rates import Rates
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import Stays
from pipeline.estimation.value import Refusal


def ladder_rates(stays: Stays, join: Join, *, recency: Recency | None = None) -> Rates:
    """Rates of ladder stages; success is the probability of at least one win in the pipeline:
    P(reach the handover) · P(win | handed over).

    `stays` are those of the moves that join_histories gives back; `recency` sets the level of
    the ladder's own hazards. `unresolved` of a success is the share that never comes to a deal
    nor is given up.
    """
    return ladder_rates_of_counts(count_stays(stays), stays.stages, join, recency=recency)


def ladder_rates_of_counts(
    counts: EventCounts, stages: StageList, join: Join, *, recency: Recency | None = None
) -> Rates:
    """The same from counts float[64, ...] of those stays."""
    rates = estimate_rates(counts, stages, recency=recency)
    reach = reach_probability(rates.replicates, stages, join.hands_over)
    fates = replace(rates.fates, won=reach * join.wins[:, None])
    success = success_rates(counts.total(), rates.estimate, fates, None, Refusal.NO_AMOUNTS)
    by_stage = [replace(row, success=success[row.stage]) for row in rates.by_stage]
    return replace(rates, by_stage=tuple(by_stage), fates=fates)
