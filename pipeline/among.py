"""Which deals of a pipeline a reading is about: all, those in a range of ids, or some."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q


@dataclass(frozen=True)
class Among:
    """Ids from ``first`` to before ``end``, or those of ``ids`` where given."""

    first: int | None = None
    end: int | None = None
    ids: Collection[int] | None = None

    def by(self, field: str) -> Q:
        """As a condition on ``field``, which names or refers to a deal."""
        if self.ids is not None:
            return Q((f"{field}__in", list(self.ids)))
        limits = {f"{field}__gte": self.first, f"{field}__lt": self.end}
        return Q(**{key: value for key, value in limits.items() if value is not None})


EVERY = Among()
