"""What is measured on a pipeline's history now and then, and not with every change of it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings

from core import clock
from pipeline.among import Among
from pipeline.estimation import HalfLife, months_in
from pipeline.funnels import Tuning, tune_history
from pipeline.histories import read_deals
from pipeline.models import Cube, Pipeline

SAMPLE = 20_000
"""Deals that are enough to measure by; of more, one in so many is taken."""

GROWTH = 0.1
"""A history that has grown by more than this is measured again before the month is over."""


def tuning_of(cube: Cube, *, as_of: datetime, half_life: HalfLife | None = None) -> Tuning:
    """That of the current counts, measured again where it may have changed."""
    if half_life is not None:
        return tune(cube.pipeline, deals=cube.deals, as_of=as_of, half_life=half_life)
    kept = cube.tuning
    if kept and cube.deals > SAMPLE and _still_holds(kept, cube, as_of):
        return _tuning(kept)
    found = tune(cube.pipeline, deals=cube.deals, as_of=as_of)
    cube.tuning = {"month": _month(as_of), "deals": cube.deals, **asdict(found)}
    Cube.objects.filter(pk=cube.pk).update(tuning=cube.tuning)
    return found


def tune(
    pipeline: Pipeline, *, deals: int, as_of: datetime, half_life: HalfLife | None = None
) -> Tuning:
    """Measured on a history of so many ``deals``, or on a sample of it, as known at ``as_of``."""
    sample = -(-deals // SAMPLE) or 1
    return tune_history(
        read_deals(pipeline, as_of=as_of, among=Among(every=sample)),
        as_of=as_of,
        month_of=months_in(settings.COMPANY_TIME_ZONE),
        sample=sample,
        half_life=half_life,
    )


def _tuning(kept: dict[str, Any]) -> Tuning:
    half_life = kept["half_life"]
    nats = tuple((days, gain) for days, gain in half_life["nats"])
    found = HalfLife(half_life["days"], nats, half_life["origins"])
    return Tuning(kept["dispersion"], found, kept["sample"])


def _still_holds(kept: dict[str, Any], cube: Cube, as_of: datetime) -> bool:
    grown = abs(cube.deals - kept["deals"]) / kept["deals"]
    return bool(kept["month"] == _month(as_of) and grown <= GROWTH)


def _month(as_of: datetime) -> str:
    return f"{as_of.astimezone(clock.company_zone()):%Y-%m}"
