"""The calendar months of a company."""

from collections.abc import Callable
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from pipeline.estimation.arrays import Ints

MonthOf = Callable[[Ints], Ints]
"""Maps instants in microseconds to month numbers, year * 12 + month - 1."""


def months_in(time_zone: str) -> MonthOf:
    """Month numbers as a company in `time_zone` (an IANA name) counts them."""
    return partial(_month_number, ZoneInfo(time_zone))


def _month_number(zone: ZoneInfo, at: Ints) -> Ints:
    if not len(at):
        return np.empty(0, np.int64)
    first, last = (
        pd.Timestamp(int(end), unit="us", tz="UTC").tz_convert(zone).tz_localize(None)
        for end in (at.min(), at.max())
    )
    starts = pd.date_range(first.to_period("M").start_time, last, freq="MS").tz_localize(zone)
    begins = starts.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[us]")
    passed = np.searchsorted(begins.astype(np.int64), at, side="right") - 1
    return passed + first.year * 12 + first.month - 1
