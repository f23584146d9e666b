"""Typed and measured hours of a role side by side, as its page and form tell them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from planning.measured_hours import ENOUGH, Document, Row
from planning.models import JobRole, StageEffort


@dataclass(frozen=True)
class StageHours:
    """Hours of a role in a stage; ``measured`` is None where nobody noted any time there."""

    row: Row
    name: str
    typed: tuple[float, float]
    measured: Document | None
    is_chosen: bool
    uses_measured: bool

    @property
    def key(self) -> str:
        return f"{self.row[0]}-{self.row[1]}"

    @property
    def is_enough(self) -> bool:
        return bool(self.measured and self.measured["is_enough"])

    @property
    def typed_in_all(self) -> float:
        """Typed hours for each that enters, with the months that it stays as measured."""
        entry, month = self.typed
        return entry + month * self._per_entry("months")

    @property
    def measured_in_all(self) -> float | None:
        """Measured hours for each that enters: to be held against the typed ones."""
        return self._per_entry("minutes") / 60 if self.entries else None

    @property
    def entries(self) -> int:
        return self.measured["entries"] if self.measured else 0

    def _per_entry(self, what: str) -> float:
        return self.measured[what] / self.entries if self.measured and self.entries else 0.0


@dataclass(frozen=True)
class RoleHours:
    """A role's stages, of which typed or measured hours are known, in the order of the form."""

    role: JobRole
    stages: tuple[StageHours, ...]

    @property
    def has_measured(self) -> bool:
        return any(stage.measured for stage in self.stages)

    @property
    def can_use(self) -> bool:
        """Whether measured hours wait to be used."""
        return any(stage.is_enough and not stage.is_chosen for stage in self.stages)

    @property
    def is_chosen(self) -> bool:
        return any(stage.is_chosen for stage in self.stages)

    @property
    def told(self) -> tuple[StageHours, ...]:
        return tuple(stage for stage in self.stages if stage.measured)

    @property
    def activities(self) -> int:
        return self._sum("activities")

    @property
    def noted(self) -> float:
        """Hours that people noted in these stages."""
        return self._sum("minutes") / 60

    @property
    def by_typed(self) -> float:
        """Hours that the same entries and months would have taken as typed."""
        return sum(stage.typed_in_all * stage.entries for stage in self.told)

    @property
    def difference(self) -> float | None:
        return self.noted / self.by_typed - 1 if self.by_typed else None

    @property
    def less(self) -> float:
        """By what share fewer hours were noted than typed ones say."""
        return -(self.difference or 0.0)

    @property
    def logged(self) -> float | None:
        """The share of stays in these stages with any time noted."""
        stays = self._sum("stays")
        with_time = sum(s.measured["stays"] * (s.measured["logged"] or 0) for s in self._documents)
        return with_time / stays if stays else None

    @property
    def since(self) -> datetime | None:
        first = [stage.measured["since"] for stage in self._documents]
        return datetime.fromisoformat(min(first)) if first else None

    @property
    def as_of(self) -> datetime | None:
        latest = [stage.measured["as_of"] for stage in self._documents]
        return datetime.fromisoformat(max(latest)) if latest else None

    @property
    def enough(self) -> int:
        return ENOUGH

    @property
    def _documents(self) -> list[Any]:
        return list(self.told)

    def _sum(self, what: str) -> int:
        return sum(stage.measured[what] for stage in self._documents)


def role_hours(role: JobRole, stages: Sequence[tuple[Row, str]]) -> RoleHours:
    """Of ``stages`` with their names; reads what was prefetched with the role."""
    known: dict[Any, StageEffort] = {effort.row: effort for effort in role.efforts.all()}
    rows = [
        StageHours(
            row=row,
            name=name,
            typed=(known[row].per_entry, known[row].per_month),
            measured=known[row].measured,
            is_chosen=known[row].is_measured,
            uses_measured=known[row].uses_measured,
        )
        for row, name in stages
        if row in known
    ]
    return RoleHours(role, tuple(rows))
