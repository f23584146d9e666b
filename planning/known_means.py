"""What a plan may use, by name and as arrays, and as JSON: kept with what was solved with it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planning.engine.means import Effort, Limits, Means, Tiers, Workforce

Floats = NDArray[np.float64]
Document = dict[str, Any]

OF_PEOPLE = ("available", "payroll", "hire_hours", "hire_cost", "most_hires")
OF_ROLES = ("overtime_share", "overtime_cost")


@dataclass(frozen=True)
class KnownRole:
    """``measured``: kind and id of the stages whose hours are measured ones."""

    name: str
    notice_months: int
    measured: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class KnownChannel:
    name: str
    source_id: int


@dataclass(frozen=True)
class KnownMeans:
    """The roles and channels of a company in the order of the arrays of ``means``.

    Money is in the plan's currency. ``sources``: the source of each segment of leads.
    """

    roles: tuple[KnownRole, ...]
    channels: tuple[KnownChannel, ...]
    means: Means

    @property
    def has_people(self) -> bool:
        """Whether hours limit the plan: roles, and work that they are needed for."""
        effort = self.means.effort
        return bool(self.roles) and bool(effort.per_entry.any() or effort.per_month.any())

    @property
    def has_channels(self) -> bool:
        return bool(self.channels)

    @property
    def is_empty(self) -> bool:
        return not (self.has_people or self.has_channels)

    @cached_property
    def sources(self) -> tuple[int, ...]:
        return tuple(channel.source_id for channel in self.channels)


def means_document(known: KnownMeans) -> Document:
    """All there is to know of them; no limit is null."""
    effort, team = known.means.effort, known.means.workforce
    tiers, limits = known.means.tiers, known.means.limits
    return {
        "roles": [
            {
                "name": role.name,
                "notice_months": role.notice_months,
                "measured": list(map(list, role.measured)),
            }
            for role in known.roles
        ],
        "channels": [{"name": each.name, "source": each.source_id} for each in known.channels],
        "effort": {"per_entry": _listed(effort.per_entry), "per_month": _listed(effort.per_month)},
        "people": {name: _listed(getattr(team, name)) for name in (*OF_PEOPLE, *OF_ROLES)},
        "tiers": {
            "channel": list(tiers.channel),
            "segment": tiers.segment.tolist(),
            "cost": _listed(tiers.cost),
            "most": _listed(tiers.most),
            "lead_months": tiers.lead_months.tolist(),
        },
        "limits": {
            "budget": limits.budget,
            "channel_budget": {name: _listed(row) for name, row in limits.channel_budget.items()},
            "utilisation": limits.utilisation,
            "flexibility": limits.flexibility,
        },
    }


def means_of(kept: Document, *, stages: int, months: int) -> KnownMeans:
    """The means that ``kept`` tells of, for so many stages and months."""
    roles = tuple(
        KnownRole(each["name"], each["notice_months"], tuple(map(_row, each["measured"])))
        for each in kept["roles"]
    )
    count = len(roles)
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(OF_PEOPLE, (count, months))
    shapes |= dict.fromkeys(OF_ROLES, (count,))
    shapes["hire_hours"] = (count, months, months)
    people = {name: _array(kept["people"][name], shape) for name, shape in shapes.items()}
    effort = (_array(kept["effort"][name], (count, stages)) for name in ("per_entry", "per_month"))
    means = Means(
        effort=Effort(*effort),
        workforce=Workforce(roles=tuple(role.name for role in roles), **people),
        tiers=_tiers(kept["tiers"], months),
        limits=_limits(kept["limits"], months),
    )
    channels = tuple(KnownChannel(each["name"], each["source"]) for each in kept["channels"])
    return KnownMeans(roles, channels, means)


def _tiers(kept: Document, months: int) -> Tiers:
    count = len(kept["channel"])
    return Tiers(
        channel=tuple(kept["channel"]),
        segment=np.array(kept["segment"], np.int64),
        cost=_array(kept["cost"], (count,)),
        most=_array(kept["most"], (count, months)),
        lead_months=np.array(kept["lead_months"], np.int64),
    )


def _limits(kept: Document, months: int) -> Limits:
    return Limits(
        budget=kept["budget"],
        channel_budget={n: _array(row, (months,)) for n, row in kept["channel_budget"].items()},
        utilisation=kept["utilisation"],
        flexibility=kept["flexibility"],
    )


def _row(kept: list[Any]) -> tuple[str, int | None]:
    kind, pk = kept
    return kind, pk


def _listed(array: Floats) -> list[Any]:
    """JSON knows no infinity."""
    objects = array.astype(object)
    objects[np.isinf(array)] = None
    listed: list[Any] = objects.tolist()
    return listed


def _array(listed: list[Any], shape: tuple[int, ...]) -> Floats:
    flat = np.array(listed, dtype=float).reshape(shape)
    return np.where(np.isnan(flat), np.inf, flat)
