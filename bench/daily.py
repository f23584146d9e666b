"""A rep's day on a large installation: the board, the list, and a move; see search.py for the box.

python -m bench.daily [open deals …]     by default 1e5, or those in BENCH_OPEN_DEALS

Each is a whole request with middleware, session and template, in one process, as the three kinds
of people ask for it. On SQLite, or on PostgreSQL where DATABASE_URL names a server.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.filling import fill_database
from bench.histories import History, make_history
from bench.scratch import scratch_database, table

if TYPE_CHECKING:
    from django.test import Client

    from pipeline.models import Pipeline

ASKED = {"board": 120, "list": 60, "move": 40}
CHANGES_PER_OPEN_DEAL = 14.5
CUSTOMERS, REPS = 20_000, 50
RUNS = 40


@dataclass(frozen=True)
class Taken:
    """Milliseconds of requests of one kind."""

    what: str
    who: str
    times: Sequence[float]

    def quantile(self, share: float) -> float:
        return float(np.quantile(self.times, share))


def main() -> None:
    sizes = sys.argv[1:] or os.environ.get("BENCH_OPEN_DEALS", "1e5").split()
    for size in sizes:
        with scratch_database() as vendor:
            measure(vendor, round(float(size)))


def measure(vendor: str, open_deals: int) -> None:
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    history = _spread(make_history(round(open_deals * CHANGES_PER_OPEN_DEAL)))
    pipeline = fill_database(history, name="Open deals")
    _estimate(pipeline)
    deals = pipeline.opportunities.filter(closed_at=None).count()
    print(f"{vendor}: {deals:,} open deals of {history.deals:,}, {CUSTOMERS:,} customers")
    rows = [_row(taken) for who in _people() for taken in _day(pipeline, *who)]
    table(("request", "who", "median ms", "p95 ms", "asked for"), rows)


def _spread(history: History) -> History:
    """The same deals with so many customers and reps."""
    customer = history.customer % CUSTOMERS
    return replace(history, customer=customer, owner=history.owner % REPS)


def _estimate(pipeline: "Pipeline") -> None:
    from pipeline.services.cube import rebuild
    from pipeline.services.estimates import refresh

    rebuild(pipeline)
    refresh(pipeline)


def _people() -> Iterator[tuple[str, "Client"]]:
    """Who asks: a rep who sees fifty customers' worth of deals, and an admin who sees all."""
    from django.test import Client

    from accounts.models import Role, User

    admin = User.objects.create_user("admin@x.example", "pw", name="Admin", role=Role.ADMIN)
    for name, user in (("rep", User.objects.get(email="rep7@example.com")), ("admin", admin)):
        client = Client()
        client.force_login(user)
        yield name, client


def _day(pipeline: "Pipeline", who: str, client: "Client") -> Iterator[Taken]:
    gets = {
        "board": lambda: client.get(f"/deals/?pipeline={pipeline.pk}"),
        "list": lambda: client.get(f"/deals/list/?pipeline={pipeline.pk}"),
        "customers": lambda: client.get("/customers/"),
    }
    for what, ask in gets.items():
        yield _taken(what, who, ask)
    yield _taken("move", who, _mover(pipeline, who, client))


def _mover(pipeline: "Pipeline", who: str, client: "Client") -> Callable[[], Any]:
    """Moves a deal one stage ahead on the board, another one each time."""
    stages = list(pipeline.stages.order_by("order")[:2])
    mine = pipeline.opportunities.filter(stage=stages[0])
    if who == "rep":
        mine = mine.filter(owner__email="rep7@example.com")
    deals = iter(list(mine.order_by("id")[: RUNS + 10]))

    def move() -> Any:
        deal = next(deals)
        data = {"stage": stages[1].pk, "version": deal.version}
        return client.post(f"/deals/{deal.pk}/move/?on=board&pipeline={pipeline.pk}", data)

    return move


def _taken(what: str, who: str, ask: Callable[[], Any]) -> Taken:
    for _ in range(3):
        answer = ask()
        assert answer.status_code == 200, (what, answer.status_code, answer.content[:300])
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        ask()
        times.append((time.perf_counter() - begun) * 1000)
    return Taken(what, who, times)


def _row(taken: Taken) -> tuple[str, ...]:
    asked = ASKED.get(taken.what)
    return (
        taken.what,
        taken.who,
        f"{taken.quantile(0.5):.0f}",
        f"{taken.quantile(0.95):.0f}",
        "" if asked is None else str(asked),
    )


if __name__ == "__main__":
    main()
