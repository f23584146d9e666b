"""What a rebuild and a recompute cost on small and large histories, beside DuckDB's GROUP BY.

python -m bench.scale [stage changes …]     by default 1e5 and 1e6, or those in BENCH_CHANGES

On SQLite, and on PostgreSQL too where DATABASE_URL names a server. A million opportunities have
about 4e6 stage changes. Every step is a process of its own, for its memory.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.scratch import scratch_environment, table

STEPS = ("rebuild", "recompute", "idle", "check", "past", "group_by", "window")
NAMES = {
    "rebuild": "rebuild from all of history",
    "recompute": "recompute after 1,000 moves",
    "idle": "recompute after none",
    "check": "rebuild again, to the same rates",
    "past": "from the history itself, as for the past",
    "group_by": "DuckDB GROUP BY from, to",
    "window": "DuckDB GROUP BY, following by lead()",
}
BASE = "group_by"


@dataclass(frozen=True)
class Cost:
    """What a step cost on `changes` stage changes: seconds, and MB at most."""

    vendor: str
    changes: int
    step: str
    seconds: float
    peak: float


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sizes = [round(float(size)) for size in _sizes()]
    print("asked for at 4e6 on PostgreSQL: rebuild in 30 s or less with 500 MB or less,")
    print("recompute in 1 s or less; on SQLite four times that; growth no faster than of the rows")
    costs: list[Cost] = []
    for server in dict.fromkeys([os.environ.get("DATABASE_URL", ""), ""]):
        for changes in sizes:
            costs += _measure(server, changes)
    _print_costs(costs)
    _print_growth(costs)
    return 0


def _sizes() -> Sequence[str]:
    return sys.argv[1:] or os.environ.get("BENCH_CHANGES", "1e5 1e6").split()


def _measure(server: str, changes: int) -> Iterator[Cost]:
    vendor = "PostgreSQL" if server else "SQLite"
    with scratch_environment(server) as environment:
        _run(["bench.histories", f"--changes={changes}", "--write"], environment)
        for step in STEPS:
            found = json.loads(_run(["bench.scale_step", step, str(changes)], environment))
            yield Cost(vendor, changes, step, found["seconds"], found["peak"])


def _run(module: Sequence[str], environment: dict[str, str]) -> str:
    """The last line of what a module prints."""
    command = [sys.executable, "-m", *module]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


def _print_costs(costs: list[Cost]) -> None:
    taken = {(cost.vendor, cost.changes, cost.step): cost.seconds for cost in costs}
    rows = [
        (
            cost.vendor,
            f"{cost.changes:,}",
            NAMES[cost.step],
            f"{cost.seconds:.3f}",
            f"{cost.peak:.0f}",
            f"{cost.seconds / taken[cost.vendor, cost.changes, BASE]:,.1f}",
            _ratio(cost.seconds, taken.get(("PostgreSQL", cost.changes, cost.step))),
        )
        for cost in costs
    ]
    head = ("database", "changes", "step", "seconds", "MB", "times GROUP BY", "times PostgreSQL")
    table(head, rows)


def _print_growth(costs: list[Cost]) -> None:
    """From each size to the next: how much more it cost, and how many more rows there were."""
    rows = [
        (small.vendor, NAMES[small.step], f"{large.changes / small.changes:.1f}", grown)
        for small in costs
        for large in costs
        if (small.vendor, small.step) == (large.vendor, large.step)
        and large.changes == min((c.changes for c in costs if c.changes > small.changes), default=0)
        for grown in [_ratio(large.seconds, small.seconds)]
    ]
    if rows:
        print()
        table(("database", "step", "times the rows", "times the cost"), rows)


def _ratio(above: float, below: float | None) -> str:
    return "" if below is None else f"{above / below:.1f}"


if __name__ == "__main__":
    sys.exit(main())
