"""Pages of long lists."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest

MOST = 10_000
"""Nobody pages on after so many rows, and counting more would take as long as there are."""


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # not generic at run time
    """Counts, and offers, the first `MOST` rows at most; ``is_cut`` tells that there are more."""

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: MOST + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST)

    @property
    def is_cut(self) -> bool:
        return self._counted > MOST


def start_of(request: HttpRequest, name: str) -> int:
    """After how many rows a part of a list begins, as the address says; 0 for anything else."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
