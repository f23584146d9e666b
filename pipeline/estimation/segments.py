"""Rates of every segment: team, owner, source, region, product, band of amounts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from pipeline.estimation.arrays import Floats, Ints
from pipeline.estimation.estimate import rates_of_stays
from pipeline.estimation.ladder import ladder_rates
from pipeline.estimation.rates import Promotion, Rates, StageRates, Success
from pipeline.estimation.segment_counts import segment_chunks
from pipeline.estimation.segment_leaning import Leaning, Shares, lean, shares_of
from pipeline.estimation.segment_levels import Pace, pace_of
from pipeline.estimation.segment_shapes import Shown, shown_by
from pipeline.estimation.segment_wins import After, SegmentWins, reach_of
from pipeline.estimation.stages import StageList
from pipeline.estimation.stays import Stays


@dataclass(frozen=True)
class SegmentStage:
    """One open stage of one segment.

    `rates` as of any stage. Where is_pooled, is_success_pooled or is_value_pooled, the rate
    of promotion, success or value is that of the whole, for want of stays (n_eff < THIN); the
    band is still what is known of the segment. Otherwise rate and band are the segment's
    posterior. `raw` and `raw_success` are what it shows by itself, None with nothing entered.
    Dwell is None where thin. `pace`: how many times as often its stays end as all of an age.
    On a ladder success is P(handed over) · P(won after that), each the whole's for want of stays
    where is_reach_pooled or is_wins_pooled; with both, is_success_pooled.
    """

    rates: StageRates
    raw: float | None
    raw_success: float | None
    is_pooled: bool
    is_success_pooled: bool
    is_value_pooled: bool
    is_reach_pooled: bool
    is_wins_pooled: bool
    pace: float
    pace_low80: float
    pace_high80: float


@dataclass(frozen=True)
class SegmentRates:
    """Rates of segments 0..G-1: `segments` has one tuple each, of the open stages in order.

    `whole` are the rates of all stays, in a segment or not; wins int[G] are moves to won out
    of a stay of the segment; amount_per_win float[G] is nan where no won amount is known;
    `pace` of all open stages together, float[G] each; alike float[open stages]: kappa of the
    rates of promotion, higher where segments differ less. `after`: of a ladder, what becomes of
    those handed over; its wins are first deals.
    """

    stages: StageList
    whole: Rates
    segments: tuple[tuple[SegmentStage, ...], ...]
    wins: Ints
    amount_per_win: Floats
    pace: Pace
    alike: Floats
    after: SegmentWins | None = None

    def __len__(self) -> int:
        return len(self.segments)


def rates_by_segment(
    stays: Stays,
    segment: Ints,
    *,
    segments: int,
    whole: Rates | None = None,
    theta: Floats | None = None,
    after: SegmentWins | None = None,
) -> SegmentRates:
    """Rates of each segment; `segment` int[n] is one a stay, -1 in none.

    `whole` are the rates of the same stays, computed where not given. Where they are at the
    level of now, `theta` float[S, K] is that level, so that segments are compared at the same
    one. With `after` the stays are a ladder's (see ladder_rates). Raises ValueError where a
    segment is out of range.

    A segment's n_eff is Σ_i info_i · min(1, n_eff,pool / Σ_all info), info 1 for a closed stay
    and 1 − S_pool(age) for an open one: p(1 − p) / Var is undefined at 0 and 1, where small
    segments often are. That of success and of value likewise, by their own n_eff,pool.
    """
    everything = _rates_of(stays, after) if whole is None else whole
    hands_over = None if after is None else after.join.hands_over
    chunks = segment_chunks(stays, segment, segments)
    shown = _together([shown_by(chunk, everything, theta, hands_over) for chunk in chunks])
    reach = None if after is None else reach_of(everything, after.join.hands_over)
    shares = shares_of(stays, everything, reach)
    columns = [
        _Column.of(row, everything, shown, shares, After.at(row.stage, reach, after))
        for row in everything.by_stage
    ]
    amount = np.full(segments, np.nan)
    np.divide(shown.won_amount, shown.priced_wins, out=amount, where=shown.priced_wins > 0)
    places = stays.stages.open
    return SegmentRates(
        stays.stages,
        everything,
        tuple(tuple(column.row(place) for column in columns) for place in range(segments)),
        shown.wins.astype(np.int64),
        amount,
        pace_of(shown.observed[:, places].sum(axis=1), shown.expected[:, places].sum(axis=1)),
        np.array([column.promotion.alike for column in columns]),
        after,
    )


def _rates_of(stays: Stays, after: SegmentWins | None) -> Rates:
    return rates_of_stays(stays) if after is None else ladder_rates(stays, after.join)


@dataclass(frozen=True)
class _Column:
    """One open stage, all segments."""

    whole: StageRates
    stages: StageList
    shown: Shown
    promotion: Leaning
    reach: Leaning
    success: Leaning
    value: Leaning
    pace: Pace
    after: After | None

    @classmethod
    def of(
        cls, row: StageRates, whole: Rates, shown: Shown, shares: Shares, after: After | None
    ) -> "_Column":
        s, success = row.stage, row.success
        told, money = shown.told[:, s], shown.value_told[:, s]
        rate = success.rate if after is None else after.reach
        reach = lean(shown.success[:, s], told * shares.success[s], rate)
        return cls(
            row,
            whole.stages,
            shown,
            lean(shown.promotion[:, s], told * shares.promotion[s], row.promotion.rate),
            reach,
            after.success(reach) if after else reach,
            lean(shown.value[:, s], money * shares.value[s], success.value_rate),
            pace_of(shown.observed[:, s], shown.expected[:, s]),
            after,
        )

    def row(self, place: int) -> SegmentStage:
        s, shown, after = self.whole.stage, self.shown, self.after
        seen = bool(shown.left[place, s].sum() + shown.still[place, s])
        return SegmentStage(
            self._rates(place, seen),
            float(shown.promotion[place, s]) if seen else None,
            _known(self._raw_success[place]) if seen else None,
            bool(self.promotion.thin[place]),
            bool(self.success.thin[place]),
            bool(self.value.thin[place]),
            bool(after and not after.is_there and self.reach.thin[place]),
            bool(after and after.wins.leaning.thin[place]),
            float(self.pace.level[place]),
            float(self.pace.low80[place]),
            float(self.pace.high80[place]),
        )

    @property
    def _raw_success(self) -> Floats:
        """float[G]; of a ladder nan where nobody was handed over."""
        shown = self.shown.success[:, self.whole.stage]
        return shown if self.after is None else shown * self.after.wins.raw

    def _rates(self, place: int, seen: bool) -> StageRates:
        s, shown, thin = self.whole.stage, self.shown, self.promotion.thin[place]
        left, still = shown.left[place, s], shown.still[place, s]
        return StageRates(
            stage=s,
            name=self.whole.name,
            entered=round(left.sum() + still),
            advanced=round(left[self.stages.forward(s)].sum()),
            moved_back=round(left[self.stages.backward(s)].sum()),
            lost=round(left[self.stages.lost]),
            open=round(still),
            promotion=self._promotion(place) if seen else _NO_PROMOTION,
            success=self._success(place, seen),
            dwell_median=None if thin else _known(shown.median[place, s]),
            dwell_p90=None if thin else _known(shown.p90[place, s]),
            unresolved=float(shown.unresolved[place, s]) if seen else None,
        )

    def _promotion(self, place: int) -> Promotion:
        found = self.promotion
        columns = (found.rate, found.low80, found.high80, found.low90, found.high90, found.n_eff)
        return Promotion(*(_known(column[place]) for column in columns))

    def _success(self, place: int, seen: bool) -> Success:
        found, refused = self.success, self.shown.refused[place]
        rate = found.rate[place]
        if not seen or np.isnan(rate):
            return Success(None, None, None, None, None, refused, None)
        nowhere: float | None = min(self.shown.nowhere[place, self.whole.stage], 1.0 - rate)
        return Success(
            _known(rate),
            _known(found.low80[place]),
            _known(found.high80[place]),
            None if refused else _known(self.value.rate[place]),
            self.whole.success.unresolved if found.thin[place] else nowhere,
            refused,
            _known(found.log_sd[place]),
        )


_NO_PROMOTION = Promotion(None, None, None, None, None, None)


def _together(parts: Sequence[Shown]) -> Shown:
    names = [field.name for field in fields(Shown) if field.name != "refused"]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Shown(**joined, refused=tuple(each for part in parts for each in part.refused))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
