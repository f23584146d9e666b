"""A rep's day on a large installation: the board, the list, and a move; see search.py for the box.

python -m bench.daily [open deals …]     by default 1e5, or those in BENCH_OPEN_DEALS

Each is a whole request with middleware, session and template, in one process, as two kinds of
people ask for it in turn. Beside each stands how often the time of the baseline it takes: the
frame of the product around a list without a deal, asked for in the same minute; and below how long
a loop of additions took meanwhile, since machines differ and are not equally fast all day.
On SQLite, or on PostgreSQL where DATABASE_URL names a server.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.filling import fill_database
from bench.histories import History, make_history
from bench.scratch import scratch_database, table

if TYPE_CHECKING:
    from django.test import Client

    from pipeline.models import Pipeline

ASKED = {"board": 120, "list": 60, "move": 40}
CHANGES_PER_OPEN_DEAL = 10.4
CUSTOMERS, REPS = 20_000, 50
WARM, RUNS = 3, 40
BASELINE = "empty list"
AS_THE_BOARD = {"HX-Request": "true"}

Key = tuple[str, str]
"""Who asks, and for what."""


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
    import_module("config.wsgi")  # which readies a process for serving pages
    asks = {
        (who, what): ask for who, client in _people() for what, ask in _day(pipeline, who, client)
    }
    times: dict[Key, list[float]] = {key: [] for key in asks}
    loops = []
    for run in range(WARM + RUNS):
        for key, ask in asks.items():
            taken = _timed(ask)
            if run >= WARM:
                times[key].append(taken)
        loops.append(_timed(_loop))
    baseline = {who: median(times[who, BASELINE]) for who, what in asks if what == BASELINE}
    head = ("who", "request", "median ms", "p95 ms", "asked for", "times the baseline")
    table(head, [_row(key, taken, baseline[key[0]]) for key, taken in times.items()])
    least, middle, most = min(loops), median(loops), max(loops)
    print(f"a loop of a million additions: {middle:.0f} ms, {least:.0f} to {most:.0f}")


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


def _day(
    pipeline: "Pipeline", who: str, client: "Client"
) -> Iterator[tuple[str, Callable[[], Any]]]:
    from pipeline.models import Pipeline

    empty, _ = Pipeline.objects.get_or_create(name="Empty", currency=pipeline.currency)
    for what, address in (
        (BASELINE, f"/deals/list/?pipeline={empty.pk}"),
        ("board", f"/deals/?pipeline={pipeline.pk}"),
        ("list", f"/deals/list/?pipeline={pipeline.pk}"),
        ("customers", "/customers/"),
    ):
        yield what, partial(client.get, address)
    yield "move", _mover(pipeline, who, client)


def _mover(pipeline: "Pipeline", who: str, client: "Client") -> Callable[[], Any]:
    """Moves a deal one stage ahead on the board, another one each time."""
    stages = list(pipeline.stages.order_by("order")[:2])
    mine = pipeline.opportunities.filter(stage=stages[0])
    if who == "rep":
        mine = mine.filter(owner__email="rep7@example.com")
    deals = iter(list(mine.order_by("id")[: WARM + RUNS]))

    def move() -> Any:
        deal = next(deals)
        data = {"stage": stages[1].pk, "version": deal.version}
        address = f"/deals/{deal.pk}/move/?on=board&pipeline={pipeline.pk}"
        return client.post(address, data, headers=AS_THE_BOARD)

    return move


def _timed(ask: Callable[[], Any]) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    answer = ask()
    taken = (time.perf_counter() - begun) * 1000
    assert answer is None or answer.status_code == 200, (answer.status_code, answer.content[:300])
    return taken


def _loop() -> None:
    total = 0
    for number in range(1_000_000):
        total += number


def _row(key: Key, taken: Sequence[float], baseline: float) -> tuple[str, ...]:
    who, what = key
    middle = median(taken)
    return (
        who,
        what,
        f"{middle:.0f}",
        f"{np.quantile(taken, 0.95):.0f}",
        str(ASKED.get(what, "")),
        f"{middle / baseline:.1f}",
    )


if __name__ == "__main__":
    main()
