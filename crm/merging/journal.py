"""What a merge did, as JSON: enough to undo it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core import serializers
from django.db.models import Model

from crm.models import Customer

Rows = list[dict[str, Any]]


@dataclass
class Journal:
    """``customers`` are both as they were, ``set`` what the survivor's fields became.

    ``moved`` are the keys of the rows that went over, by the field that pointed. Of the history,
    ``added`` are copies, ``voided`` [key, voided by, voided at] as it was before, ``live`` the
    survivor's moves since; ``positions`` as they were. ``removed`` are rows that gave way to one of
    the survivor, ``answers`` members before and after they took over an answer, ``demoted``
    contacts that were the first ones.
    """

    customers: Rows = field(default_factory=list)
    set: dict[str, Any] = field(default_factory=dict)
    moved: dict[str, list[int]] = field(default_factory=dict)
    added: list[int] = field(default_factory=list)
    voided: list[list[Any]] = field(default_factory=list)
    live: list[int] = field(default_factory=list)
    positions: Rows = field(default_factory=list)
    removed: Rows = field(default_factory=list)
    answers: list[Rows] = field(default_factory=list)
    demoted: list[int] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, document: dict[str, Any]) -> "Journal":
        return cls(**document)

    def customers_before(self) -> tuple[Customer, Customer]:
        """The survivor and the merged one as they were."""
        survivor, merged = (each.object for each in _objects(self.customers))
        return survivor, merged

    def moved_of(self, label: str) -> list[int]:
        """Keys of the rows of a model, such as ``pipeline.Opportunity``, that went over."""
        found = (keys for name, keys in self.moved.items() if name.rpartition(".")[0] == label)
        return [key for keys in found for key in keys]

    @staticmethod
    def bring_back(rows: Rows) -> None:
        """Write rows again as they were, with their keys."""
        for each in _objects(rows):
            each.save()

    def rows_removed(self) -> list[Any]:
        return [each.object for each in _objects(self.removed)]


def plain(rows: Iterable[Model]) -> Rows:
    """Rows as plain JSON values, instants to the microsecond."""
    found: Rows = json.loads(json.dumps(serializers.serialize("python", rows), default=str))
    return found


def _objects(rows: Sequence[dict[str, Any]]) -> Any:
    return serializers.deserialize("python", rows)
