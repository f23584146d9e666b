"""What is measured on a pipeline's history now and then, and not with every change of it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from core import clock
from pipeline.among import Among
from pipeline.funnels import dispersion_of_history
from pipeline.histories import read_deals
from pipeline.models import Cube, Pipeline

SAMPLE = 20_000
"""Deals that are enough to measure by; of more, one in so many is taken."""

GROWTH = 0.1
"""A history that has grown by more than this is measured again before the month is over."""


@dataclass(frozen=True)
class Tuning:
    """``dispersion`` is τ of the forecast band; ``sample`` of one deal in so many."""

    dispersion: float
    sample: int


def tuning_of(cube: Cube, *, as_of: datetime) -> Tuning:
    """That of the current counts, measured again where it may have changed."""
    kept = cube.tuning
    if kept and cube.deals > SAMPLE and _still_holds(kept, cube, as_of):
        return Tuning(kept["dispersion"], kept["sample"])
    found = tune(cube.pipeline, deals=cube.deals, as_of=as_of)
    cube.tuning = {"month": _month(as_of), "deals": cube.deals, **asdict(found)}
    Cube.objects.filter(pk=cube.pk).update(tuning=cube.tuning)
    return found


def _still_holds(kept: dict[str, Any], cube: Cube, as_of: datetime) -> bool:
    grown = abs(cube.deals - kept["deals"]) / kept["deals"]
    return bool(kept["month"] == _month(as_of) and grown <= GROWTH)


def tune(pipeline: Pipeline, *, deals: int, as_of: datetime) -> Tuning:
    """Measured on a history of so many ``deals``, or on a sample of it, as known at ``as_of``."""
    sample = -(-deals // SAMPLE) or 1
    history = read_deals(pipeline, as_of=as_of, among=Among(every=sample))
    return Tuning(dispersion_of_history(history, as_of=as_of), sample)


def _month(as_of: datetime) -> str:
    return f"{as_of.astimezone(clock.company_zone()):%Y-%m}"
