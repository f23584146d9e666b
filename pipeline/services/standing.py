"""Where deals stand by their histories, as those are read now."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from pipeline.models import Stage


class Standing(NamedTuple):
    """The stage a deal is in, and since when: ``None`` where nobody knows."""

    stage: Stage
    since: datetime | None


def standing_of(moves: Iterable[tuple[Stage, datetime]]) -> Standing | None:
    """Where a deal stands after its ``moves`` in their order; ``None`` without any.

    A move between two stages that were merged since leads nowhere.
    """
    found: Standing | None = None
    for to, at in moves:
        if found is None or found.stage != to.read_as:
            found = Standing(to.read_as, at)
    return found
