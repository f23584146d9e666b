"""From which sources those of each team, region or product came in the last year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.templatetags.figures import number, percent
from planning.models import Plan
from planning.own_rates import Row
from planning.segments import COLUMNS, Dimension, entries_by_source, names_of
from planning.shares import Shares

MOST_NAMED = 3
FEWEST = 10
"""Of fewer entries a mix says little."""


@dataclass(frozen=True)
class SourceMix:
    """Entries of the last year by stage, by value of a dimension, and by source."""

    counts: Mapping[Row, Mapping[str, Mapping[str, int]]]
    names: Mapping[str, str]

    def of(self, row: Row, members: Sequence[str]) -> list[dict[str, Any]]:
        """The share of each source in the entries of ``members``, the largest first."""
        counts = self.counted(row, members)
        total = sum(counts.values())
        return [
            {
                "source": int(source) if source else None,
                "name": self.names[source],
                "share": n / total,
            }
            for source, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        ]

    def counted(self, row: Row, members: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for value in members:
            for source, n in self.counts.get(row, {}).get(value, {}).items():
                found[source] = found.get(source, 0) + n
        return found


def source_mix(plan: Plan, dimension: str) -> SourceMix | None:
    """Three queries; None of sources themselves."""
    if dimension == Dimension.SOURCE:
        return None
    has_customers = dimension != Dimension.PRODUCT
    counts = entries_by_source(plan, COLUMNS[Dimension(dimension)], has_customers=has_customers)
    sources = {s for table in counts.values() for each in table.values() for s in each}
    return SourceMix(counts, names_of(Dimension.SOURCE, sources))


def mix_sentence(mix: SourceMix | None, shares: Shares, row: Row, stage: str, p: int) -> str:
    """Of its 120 entries into Lead in the last year 45 % came from Exhibitions, 30 % from Web."""
    members = shares.members[p]
    n = 0 if mix is None else sum(mix.counted(row, members).values())
    if mix is None or n < FEWEST:
        return ""
    named = [
        _("%(share)s %(source)s") % {"share": percent(each["share"]), "source": each["name"]}
        for each in mix.of(row, members)[:MOST_NAMED]
    ]
    text = _(
        "Where those of %(name)s who entered %(stage)s in the last year came from: %(mix)s "
        "(n %(n)s)."
    )
    known = {"name": shares.names[p], "stage": stage, "mix": _(", ").join(named), "n": number(n)}
    return text % known
