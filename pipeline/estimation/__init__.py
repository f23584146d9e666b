"""From a history of moves to promotion and success rates, dwell times and forecasts.

Pure: arrays in, frozen dataclasses out.
"""

from pipeline.estimation.aalen_johansen import AalenJohansen, aalen_johansen
from pipeline.estimation.backtest import Backtest, backtest
from pipeline.estimation.bins import AGE_BINS, AGE_EDGES, DAY, age_bin, age_bin_of, age_edges
from pipeline.estimation.calendar import CalendarCounts, calendar_counts
from pipeline.estimation.cells import Cells
from pipeline.estimation.chain import Fates, eventual_fates, reach_probability
from pipeline.estimation.counts import EventCounts, count_stays
from pipeline.estimation.cube import AXES, NO_MONTH, SUMS, CountCube, add_cubes, count_cube
from pipeline.estimation.drift import Drift, DriftChart, drift_chart, find_drift
from pipeline.estimation.estimate import (
    estimate_rates,
    rates_of_cube,
    rates_of_margins,
    rates_of_stays,
    recency_of,
)
from pipeline.estimation.forecast import (
    OpenForecast,
    dispersed_band,
    dispersion_of,
    forecast_open,
)
from pipeline.estimation.foresight import law_of_history, law_of_late
from pipeline.estimation.half_life import HalfLife, choose_half_life
from pipeline.estimation.handover import (
    NEVER,
    NOBODY,
    Deals,
    Handover,
    deals_of,
    join_histories,
    months_between,
    starts_per_month,
)
from pipeline.estimation.intervals import Band, jeffreys_band, log_log_band, success_band
from pipeline.estimation.join import Join, estimate_join
from pipeline.estimation.ladder import ladder_rates
from pipeline.estimation.law import FunnelCurves, funnel_curves
from pipeline.estimation.level import Level, Levels, Recency, adjust, levels
from pipeline.estimation.margins import (
    AGAIN,
    NEW,
    Ended,
    Margins,
    WonMonths,
    ended_stays,
    kept_cells,
    margins_of,
    openings,
)
from pipeline.estimation.months import MonthOf, months_in
from pipeline.estimation.moves import (
    Moves,
    UnsortedMoves,
    amount_per_move,
    standing_wins,
    without_misclicks,
)
from pipeline.estimation.pooling import Pooled, pool_rates
from pipeline.estimation.rates import (
    Promotion,
    Rates,
    StageCurves,
    StageRates,
    Success,
    ValueLaw,
)
from pipeline.estimation.segment_codes import AmountBands, amount_bands, cross
from pipeline.estimation.segment_levels import segment_levels, segment_win_probability
from pipeline.estimation.segments import SegmentRates, SegmentStage, rates_by_segment
from pipeline.estimation.stages import StageList
from pipeline.estimation.standing import STANDING, Cohorts, Standing, recent_month, standing_stays
from pipeline.estimation.standing_out import Finding, standing_out
from pipeline.estimation.stays import BUCKETS, OPEN, Stays, Wins, bucket_of, find_stays
from pipeline.estimation.timing import expected_wins_by_day, win_days
from pipeline.estimation.track_record import (
    TrackRecord,
    law_at_level,
    monthly_origins,
    track_record,
)
from pipeline.estimation.trend import TrendPoint, trend
from pipeline.estimation.value import AmountCounts, Outcomes, Refusal, count_amounts
from pipeline.estimation.win_probability import WinProbability, win_probability

__all__ = [
    "AGAIN",
    "AGE_BINS",
    "AGE_EDGES",
    "AXES",
    "BUCKETS",
    "DAY",
    "NEVER",
    "NEW",
    "NOBODY",
    "NO_MONTH",
    "OPEN",
    "STANDING",
    "SUMS",
    "AalenJohansen",
    "AmountBands",
    "AmountCounts",
    "Backtest",
    "Band",
    "CalendarCounts",
    "Cells",
    "Cohorts",
    "CountCube",
    "Deals",
    "Drift",
    "DriftChart",
    "Ended",
    "EventCounts",
    "Fates",
    "Finding",
    "FunnelCurves",
    "HalfLife",
    "Handover",
    "Join",
    "Level",
    "Levels",
    "Margins",
    "MonthOf",
    "Moves",
    "OpenForecast",
    "Outcomes",
    "Pooled",
    "Promotion",
    "Rates",
    "Recency",
    "Refusal",
    "SegmentRates",
    "SegmentStage",
    "StageCurves",
    "StageList",
    "StageRates",
    "Standing",
    "Stays",
    "Success",
    "TrackRecord",
    "TrendPoint",
    "UnsortedMoves",
    "ValueLaw",
    "WinProbability",
    "Wins",
    "WonMonths",
    "aalen_johansen",
    "add_cubes",
    "adjust",
    "age_bin",
    "age_bin_of",
    "age_edges",
    "amount_bands",
    "amount_per_move",
    "backtest",
    "bucket_of",
    "calendar_counts",
    "choose_half_life",
    "count_amounts",
    "count_cube",
    "count_stays",
    "cross",
    "deals_of",
    "dispersed_band",
    "dispersion_of",
    "drift_chart",
    "ended_stays",
    "estimate_join",
    "estimate_rates",
    "eventual_fates",
    "expected_wins_by_day",
    "find_drift",
    "find_stays",
    "forecast_open",
    "funnel_curves",
    "jeffreys_band",
    "join_histories",
    "kept_cells",
    "ladder_rates",
    "law_at_level",
    "law_of_history",
    "law_of_late",
    "levels",
    "log_log_band",
    "margins_of",
    "monthly_origins",
    "months_between",
    "months_in",
    "openings",
    "pool_rates",
    "rates_by_segment",
    "rates_of_cube",
    "rates_of_margins",
    "rates_of_stays",
    "reach_probability",
    "recency_of",
    "recent_month",
    "segment_levels",
    "segment_win_probability",
    "standing_out",
    "standing_stays",
    "standing_wins",
    "starts_per_month",
    "success_band",
    "track_record",
    "trend",
    "win_days",
    "win_probability",
    "without_misclicks",
]
