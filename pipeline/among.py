"""Which deals or customers a reading is about: all, those in a range of ids, a sample, or some."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.lookups import Exact

from core.db import AnyOf


@dataclass(frozen=True)
class Among:
    """Ids from ``first`` to before ``end``, those of ``ids`` (a query will do), or one of
    ``every`` so many: a fair sample, since ids say nothing of a deal but when it was typed."""

    first: int | None = None
    end: int | None = None
    ids: Collection[int] | QuerySet[Any, int] | None = None
    every: int = 1

    def by(self, field: str) -> Q:
        """As a condition on ``field``, which names or refers to one."""
        if isinstance(self.ids, QuerySet):
            return Q((f"{field}__in", self.ids))
        if self.ids is not None:
            return Q(AnyOf(F(field), self.ids))
        if self.every > 1:
            return Q(Exact(F(field) % self.every, 0))
        limits = {f"{field}__gte": self.first, f"{field}__lt": self.end}
        return Q(**{key: value for key, value in limits.items() if value is not None})


EVERY = Among()
