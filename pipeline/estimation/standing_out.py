"""Which segments are certainly not like the whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.estimation.segments import SegmentRates, SegmentStage

What = Literal["success", "promotion", "dwell"]

LEAST_FACTOR = 1.1
"""Less than a tenth more or less is certain in large segments, and yet no news."""


@dataclass(frozen=True)
class Finding:
    """A segment that stands out in `stage`, or in the whole funnel where that is None.

    `factor` is how many times the whole's: "success", the probability to be won of deals that
    begin (no stage); "promotion", to move forward out of `stage`; "dwell", the time spent.
    """

    segment: int
    stage: int | None
    what: What
    factor: float


def standing_out(rates: SegmentRates) -> list[Finding]:
    """What the 80 % bands of the segments' posteriors exclude being as in the whole.

    Strongest first, half as strong as double; nothing weaker than LEAST_FACTOR, and nothing of
    a segment whose rate is the whole's for want of stays.
    """
    every = (found for place in range(len(rates)) for found in _of_segment(rates, place))
    least = np.log(LEAST_FACTOR)
    findings = [found for found in every if abs(np.log(found.factor)) >= least]
    return sorted(findings, key=lambda found: (-abs(np.log(found.factor)), found.segment))


def _of_segment(rates: SegmentRates, place: int) -> Iterator[Finding]:
    rows = rates.segments[place]
    yield from _success(rates, place)
    slower = _slower(rates.pace.low80[place], rates.pace.high80[place])
    if slower and not all(row.is_pooled for row in rows):
        yield Finding(place, None, "dwell", float(1 / rates.pace.level[place]))
    for row, whole in zip(rows, rates.whole.by_stage, strict=True):
        promotion = row.rates.promotion
        if not row.is_pooled:
            band = (promotion.low80, promotion.high80)
            yield from _rate(place, row.rates.stage, promotion.rate, band, whole.promotion.rate)
            yield from _dwell(place, row, whole.dwell_median)


def _success(rates: SegmentRates, place: int) -> Iterator[Finding]:
    first, whole = rates.segments[place][0], rates.whole.by_stage[0]
    if not first.is_success_pooled:
        success = first.rates.success
        yield from _rate(
            place, None, success.rate, (success.low80, success.high80), whole.success.rate
        )


def _rate(
    place: int,
    stage: int | None,
    rate: float | None,
    band: tuple[float | None, float | None],
    whole: float | None,
) -> Iterator[Finding]:
    low, high = band
    if rate is None or low is None or high is None or not whole:
        return
    if not low <= whole <= high:
        yield Finding(place, stage, "success" if stage is None else "promotion", rate / whole)


def _dwell(place: int, row: SegmentStage, whole: float | None) -> Iterator[Finding]:
    slower = _slower(row.pace_low80, row.pace_high80)
    if not slower:
        return
    own = row.rates.dwell_median
    factor = own / whole if own and whole else 1 / row.pace
    # Where old stays are slow and young ones fast, a median says the opposite of the pace.
    if (factor > 1) == (slower > 0):
        yield Finding(place, row.rates.stage, "dwell", factor)


def _slower(low: float, high: float) -> int:
    """1 where stays end certainly less often than in the whole, −1 where more often."""
    return int(high < 1) - int(low > 1)
