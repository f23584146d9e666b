"""From a history of moves to promotion and success rates, dwell times and forecasts.

Pure: arrays in, frozen dataclasses out.
"""

from pipeline.estimation.aalen_johansen import AalenJohansen, aalen_johansen
from pipeline.estimation.bins import AGE_BINS, AGE_EDGES, DAY, age_bin, age_edges
from pipeline.estimation.chain import Fates, eventual_fates
from pipeline.estimation.counts import EventCounts, count_stays
from pipeline.estimation.cube import CountCube, add_cubes, count_cube
from pipeline.estimation.forecast import (
    OpenForecast,
    dispersed_band,
    dispersion_of,
    forecast_open,
)
from pipeline.estimation.months import MonthOf, months_in
from pipeline.estimation.stays import (
    BUCKETS,
    OPEN,
    Moves,
    StageList,
    Stays,
    amount_per_move,
    bucket_of,
    find_stays,
)
from pipeline.estimation.timing import expected_wins_by_day, win_days
from pipeline.estimation.track_record import TrackRecord, monthly_origins, track_record
from pipeline.estimation.win_probability import WinProbability, win_probability

__all__ = [
    "AGE_BINS",
    "AGE_EDGES",
    "BUCKETS",
    "DAY",
    "OPEN",
    "AalenJohansen",
    "CountCube",
    "EventCounts",
    "Fates",
    "MonthOf",
    "Moves",
    "OpenForecast",
    "StageList",
    "Stays",
    "TrackRecord",
    "WinProbability",
    "aalen_johansen",
    "add_cubes",
    "age_bin",
    "age_edges",
    "amount_per_move",
    "bucket_of",
    "count_cube",
    "count_stays",
    "dispersed_band",
    "dispersion_of",
    "eventual_fates",
    "expected_wins_by_day",
    "find_stays",
    "forecast_open",
    "monthly_origins",
    "months_in",
    "track_record",
    "win_days",
    "win_probability",
]
