"""Which stays a number of the funnel counts."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import numpy as np
from django.db.models import Q

from pipeline.estimation.arrays import Bools, Floats
from pipeline.estimation.stages import StageList
from pipeline.models import Pipeline, Stage
from pipeline.readings import Places

Outcome = Literal["advanced", "moved_back", "lost", "open", "won"]
OUTCOMES: tuple[Outcome, ...] = ("advanced", "moved_back", "lost", "open", "won")


@dataclass(frozen=True)
class AmountBand:
    """Amounts from ``low`` to below ``high`` in the pipeline's currency, None for an open end; as
    bands of segments are, none holds an amount that is unknown or nothing, but ``is_unknown``."""

    low: float | None = None
    high: float | None = None
    is_unknown: bool = False

    def holds(self, amount: Floats) -> Bools:
        """bool[n]: which of amount float[n], NaN where unknown."""
        known = np.isfinite(amount) & (amount > 0)
        if self.is_unknown:
            return np.asarray(~known)
        with np.errstate(invalid="ignore"):
            above = amount >= (0.0 if self.low is None else self.low)
            below = amount < (np.inf if self.high is None else self.high)
        return np.asarray(known & above & below)


@dataclass(frozen=True)
class Question:
    """Which stays: those in ``stage`` (a Stage or a LifecycleStage) that ended by ``outcome`` or
    in the stage with the id ``to``, entered from one instant to before another.

    Without a stage it is about the wins that stand, with or without a stay. ``narrowed`` is a
    condition on deals, or on customers where the stage is one of a ladder; ``amounts`` one on what
    deals are worth, as the rates read it.
    """

    pipeline: Pipeline
    as_of: datetime
    stage: Any = None
    outcome: Outcome | None = None
    to: int | None = None
    entered_from: datetime | None = None
    entered_before: datetime | None = None
    narrowed: Q = field(default_factory=Q)
    amounts: AmountBand | None = None

    @property
    def is_about_customers(self) -> bool:
        return self.stage is not None and not isinstance(self.stage, Stage)

    def destinations(self, place: int, places: Places) -> Bools | None:
        """bool[K]: where stays from ``place`` went that are asked about; None for anywhere."""
        if self.to is not None:
            ids = [places.id_at(to) for to in range(len(places.stages))]
            return np.array([pk == self.to for pk in ids])
        return _by_outcome(self.outcome, place, places.stages)

    @property
    def takes_open(self) -> bool:
        """Whether stays that have not ended are asked about."""
        return self.outcome == "open" or (self.outcome is None and self.to is None)


def _by_outcome(outcome: Outcome | None, place: int, stages: StageList) -> Bools | None:
    if outcome is None or outcome == "open":
        return None
    if outcome == "advanced":
        return stages.forward(place)
    if outcome == "moved_back":
        return stages.backward(place)
    only = stages.won if outcome == "won" else stages.lost
    return np.asarray(np.arange(len(stages)) == only)
