"""What a plan within its means buys through channels, by the source of their leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from planning.engine.segments import Segment
from planning.funnel_law import Floats
from planning.own_rates import Row
from planning.segments import WON, Dimension
from planning.within import Within

Document = dict[str, Any]


def bought_document(rows: Sequence[Row], within: Within | None) -> Document | None:
    """Entries by source, stage of ``rows`` and month, and wins by source and month, that follow
    from the leads of channels; None where the plan buys none, or not enough for its target."""
    if within is None or not within.is_reached or not within.known.has_channels:
        return None
    return {
        "rows": [list(row) for row in rows],
        "sources": [
            {
                "source": source,
                "entries": np.einsum("m,mts->st", leads, segment.outlook.per_lead.entries).tolist(),
                "wins": (leads @ segment.outlook.per_lead.wins).tolist(),
            }
            for source, leads, segment in leads_by_source(within)
        ],
    }


def leads_by_source(within: Within) -> list[tuple[int, Floats, Segment]]:
    """The source, leads float[M] and segment of every channel."""
    # The first segment is that of all leads alike, of which none are bought where channels are.
    leads, segments = within.program.segment_leads[1:], within.segments[1:]
    return list(zip(within.known.sources, leads, segments, strict=True))


@dataclass(frozen=True, eq=False)
class Bought:
    """By (kind, id) of a stage, or WON, and by source: float[M] that channels bring."""

    months: Mapping[Row, Mapping[str, Floats]]

    @classmethod
    def of(cls, found: Document, dimension: str) -> "Bought | None":
        """As kept with a solution; None of other dimensions than source."""
        kept = found.get("bought") if dimension == Dimension.SOURCE else None
        if not kept:
            return None
        months: dict[Row, dict[str, Floats]] = {WON: {}}
        for each in kept["sources"]:
            source = str(each["source"])
            months[WON][source] = np.array(each["wins"], float)
            for (kind, pk), entries in zip(kept["rows"], each["entries"], strict=True):
                months.setdefault((kind, pk), {})[source] = np.array(entries, float)
        return cls(months)

    @property
    def sources(self) -> list[str]:
        return list(self.months[WON])

    def leads(self) -> dict[str, float]:
        """By source, those who enter the first stage."""
        first = next((found for row, found in self.months.items() if row != WON), {})
        return {source: float(entries.sum()) for source, entries in first.items()}

    def of_members(self, row: Row, members: Sequence[Sequence[str]], months: int) -> Floats:
        """float[P, M]: of the sources of each part together."""
        found, nothing = self.months.get(row, {}), np.zeros(months)
        return np.array(
            [sum((found.get(value, nothing) for value in part), nothing) for part in members]
        )
