"""The rates of every stage of one part of a funnel: what an estimate publishes."""

from dataclasses import dataclass

from pipeline.estimation.aalen_johansen import AalenJohansen
from pipeline.estimation.arrays import Floats
from pipeline.estimation.bins import AGE_EDGES
from pipeline.estimation.chain import Fates
from pipeline.estimation.stages import StageList
from pipeline.estimation.value import Outcomes, Refusal
from pipeline.estimation.win_probability import WinProbability


@dataclass(frozen=True)
class Promotion:
    """Probability that a stay ends by moving forward; all None with nothing entered."""

    rate: float | None
    low80: float | None
    high80: float | None
    low90: float | None
    high90: float | None
    n_eff: float | None


@dataclass(frozen=True)
class Success:
    """Probability of being won in the end, by number and (value_rate) by money.

    `unresolved` is the share that goes nowhere; `value_refused` says why there is no
    value_rate; `log_sd` is the standard deviation of the rate's logarithm.
    """

    rate: float | None
    low80: float | None
    high80: float | None
    value_rate: float | None
    unresolved: float | None
    value_refused: Refusal | None
    log_sd: float | None


@dataclass(frozen=True)
class StageRates:
    """One open stage; entered = advanced + moved_back + lost + open, won counts as advanced.

    Dwell in days, None where not reached; `unresolved` is the probability of still being
    there at the oldest age seen.
    """

    stage: int
    name: str
    entered: int
    advanced: int
    moved_back: int
    lost: int
    open: int
    promotion: Promotion
    success: Success
    dwell_median: float | None
    dwell_p90: float | None
    unresolved: float | None


@dataclass(frozen=True)
class StageCurves:
    """edges float[A + 1] in days; increments float[K, A], the probability that a stay ends in
    bin a by going to k; survival float[A + 1], that it lasts to the edge."""

    edges: Floats
    increments: Floats
    survival: Floats


@dataclass(frozen=True)
class ValueLaw:
    """The same chain weighted by money; `mean_amount` is that of a deal, won or not."""

    estimate: AalenJohansen
    fates: Fates
    win_probability: WinProbability
    mean_amount: float


@dataclass(frozen=True)
class Rates:
    """Rates of the open stages in funnel order, and the curves behind them.

    `replicates`, `fates` and `win_probability` have the leading axis [65]: all buckets, then
    all but each one; `estimate` has all buckets. `subjects` counts subjects by where they
    are, as far as they had a stay. `amount_per_win` and `amount_cv` are None where no won
    amount is known; deals won without any stay count in them.
    """

    stages: StageList
    by_stage: tuple[StageRates, ...]
    estimate: AalenJohansen
    replicates: AalenJohansen
    fates: Fates
    win_probability: WinProbability
    subjects: Outcomes
    amount_per_win: float | None
    amount_cv: float | None
    value: ValueLaw | None
    value_refused: Refusal | None

    def curves(self, stage: int) -> StageCurves:
        return StageCurves(
            AGE_EDGES, self.estimate.increments[stage], self.estimate.survival[stage]
        )
