"""The founding case, played from the base year alone: as told, and as the demo company has it.

python -m bench.founding
"""

from collections.abc import Iterable, Iterator
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING

from bench.scratch import scratch_database, seconds, table

if TYPE_CHECKING:
    from planning.demo.base_year import BaseYear
    from planning.demo.founding_case import Played

HEAD = ("", "fresh first", "first in, first out", "asked for")


def main() -> None:
    with scratch_database():
        from django.core.management import call_command

        from planning.demo.base_year import told

        print("The market as it was made:")
        report(told())
        call_command("seed_demo", stdout=StringIO())
        print("\nThe demo company, from its own estimate and hours:")
        report(_demo_base_year())


def _demo_base_year() -> "BaseYear":
    from pipeline.models import Estimate
    from planning.demo.base_year import measured
    from planning.demo.company import CURRENCY, REPS
    from planning.demo.simulation import simulate
    from planning.funnel_law import known_funnel

    estimate = Estimate.objects.filter(segment="").latest("pk")
    return measured(known_funnel(estimate, currency=CURRENCY), simulate(REPS))


def report(base: "BaseYear") -> None:
    from planning.demo.founding_case import as_it_happened, as_it_would_have_worked

    played, better = as_it_happened(base), as_it_would_have_worked(base)
    table(HEAD, [*_story(base, played), *_better(better)])
    print(f"Utilisation by month: {_percents(played.band.kind.utilisation[0])}")
    print(f"People for all the leads: {_calendar(base)}")
    print(f"Played in {seconds(lambda: as_it_happened(base), runs=3) * 1e3:.0f} ms")


def _story(base: "BaseYear", played: "Played") -> Iterator[tuple[str, ...]]:
    kind, harsh = played.band.kind, played.band.harsh
    both = (kind, harsh)
    yield "utilisation in the base year", f"{base.utilisation:.0%}", "", "90 %"
    first = [load.utilisation[0, 0] for load in both]
    yield "utilisation in January", f"{first[0]:.0%}", f"{first[1]:.0%}", "past 100 %"
    yield "revenue multiple", *(f"{m:.2f}" for m in played.multiples), "1.8 to 2.05; about 1.36"
    yield "leads x rate", f"{played.unlimited_multiple:.2f}", "", ""
    verdict = "reachable" if played.is_reachable else "not reachable"
    yield "four times the revenue", verdict, "", "not reachable"
    yield "P(four times)", f"{played.chance:.2%}", "", "< 1 %"
    yield "wasted leads", *(f"{load.wasted_leads.sum():,.0f}" for load in both), ""
    yield "profit, million", *(f"{profit / 1e6:.1f}" for profit in played.profits), "negative"
    yield "cost of marketing and sales", f"{played.selling_cost_multiple - 1:+.0%}", "", "+164 %"


def _better(better: "Played") -> Iterator[tuple[str, ...]]:
    share = [m / better.unlimited_multiple - 1 for m in better.multiples]
    cells = (f"{s:+.1%}" for s in share)
    yield "capacity x 4, five months early: beside leads x rate", *cells, "within 3 %"


def _calendar(base: "BaseYear") -> str:
    from planning.demo.company import BASE_YEAR
    from planning.demo.founding_case import hiring_needed

    parts: list[str] = []
    for due in hiring_needed(base):
        if due.latest is None:
            return ", ".join([*parts, "too late for more"])
        start = date(BASE_YEAR + due.latest // 12, due.latest % 12 + 1, 1)
        parts.append(f"{due.hires} from {start:%b %Y}")
    return ", ".join(parts)


def _percents(shares: Iterable[float]) -> str:
    return " ".join(f"{share:.0%}" for share in shares)


if __name__ == "__main__":
    main()
