"""A million stays to rates in memory, beside DuckDB's GROUP BY over the same stays, and beside
lifelines and scikit-survival on what they can finish.

python -m bench.rates_in_memory [stays]
"""

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from bench.histories import History, make_history
from bench.scratch import seconds, table
from pipeline.estimation import (
    OPEN,
    AalenJohansen,
    Stays,
    aalen_johansen,
    count_stays,
    estimate_rates,
    find_stays,
    rates_of_stays,
)
from pipeline.estimation.arrays import Floats, Ints

CHANGES_PER_STAY = 1.1
PATIENCE = 2.0
"""Seconds on some stays after which ten times as many are not tried: up to a hundred times that."""

BY_DESTINATION = "SELECT stage, destination, count(*) FROM stays GROUP BY ALL"
BY_CELL = "SELECT bucket, stage, destination, day, count(*) FROM stays GROUP BY ALL"

Fit = Callable[[Stays], object]


@dataclass(frozen=True)
class Row:
    """What was done to how many stays, and the seconds it took."""

    step: str
    stays: int
    taken: float

    def cells(self, group_by: float, ours: float) -> tuple[str, ...]:
        """`group_by` and `ours` are the seconds of the two for as many stays."""
        ratios = (f"{self.taken / base:,.1f}" for base in (group_by, ours))
        return (self.step, f"{self.stays:,}", f"{self.taken * 1000:,.1f}", *ratios)


def main() -> None:
    wanted = round(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000
    history = make_history(round(wanted * CHANGES_PER_STAY))
    stays = first_stays(_stays_of(history), wanted)
    yardsticks = cache(lambda count: _yardsticks(first_stays(stays, count)))
    rows = [*_ours(history, stays), *_duckdb(stays), *_packages(stays)]
    print("asked for: from stays to rates in 50 ms or less, and 10 times the GROUP BY or less")
    head = ("step", "stays", "ms", "times GROUP BY", "times stays to rates")
    table(head, [row.cells(*yardsticks(row.stays)) for row in rows])


def first_stays(stays: Stays, count: int) -> Stays:
    """The first `count` stays; of the wins, all."""
    arrays: dict[str, Any] = {
        field.name: value[:count]
        for field in fields(stays)
        if isinstance(value := getattr(stays, field.name), np.ndarray)
    }
    return replace(stays, **arrays)


def _stays_of(history: History) -> Stays:
    amount = history.amount[history.moves.subject]
    return find_stays(history.moves, history.stages, as_of=history.as_of, amount=amount)


def _rates(stays: Stays) -> object:
    return estimate_rates(count_stays(stays), stays.stages)


def _ours(history: History, stays: Stays) -> Iterator[Row]:
    counts = count_stays(stays)
    yield Row("moves to stays", len(stays), seconds(partial(_stays_of, history)))
    yield Row("stays to rates", len(stays), seconds(partial(_rates, stays)))
    yield Row("  of it counting", len(stays), seconds(partial(count_stays, stays)))
    estimating = seconds(lambda: estimate_rates(counts, stays.stages))
    yield Row("  of it estimating", len(stays), estimating)
    yield Row("stays to rates, by value too", len(stays), seconds(lambda: rates_of_stays(stays)))


def _duckdb(stays: Stays) -> Iterator[Row]:
    database = _database(stays)
    for step, query in (("stage, destination", BY_DESTINATION), ("bucket, day too", BY_CELL)):
        yield Row(f"DuckDB GROUP BY {step}", len(stays), _query_seconds(database, query))


def _yardsticks(stays: Stays) -> tuple[float, float]:
    """Seconds of the GROUP BY and of our rates, for the same stays."""
    return _query_seconds(_database(stays), BY_DESTINATION), seconds(partial(_rates, stays))


def _database(stays: Stays) -> "duckdb.DuckDBPyConnection":
    columns = {
        "bucket": stays.bucket,
        "stage": stays.stage,
        "destination": stays.destination,
        "day": stays.age_days().astype(np.int32),
    }
    database = duckdb.connect()
    database.register("given", pd.DataFrame(columns))
    database.execute("CREATE TABLE stays AS SELECT * FROM given")
    return database


def _query_seconds(database: "duckdb.DuckDBPyConnection", query: str) -> float:
    return seconds(lambda: database.execute(query).fetchall())


def _packages(stays: Stays) -> Iterator[Row]:
    """Where the stays of every stage go, by other packages: no rates yet of being won."""
    yield _as_far_as_it_gets("lifelines, without variances", partial(_lifelines, False), stays)
    yield _as_far_as_it_gets("lifelines", partial(_lifelines, True), stays)
    yield _as_far_as_it_gets("scikit-survival", _scikit_survival, stays)
    yield _as_far_as_it_gets("our estimate of the same", _where_stays_go, stays)


def _as_far_as_it_gets(step: str, fit: Fit, stays: Stays) -> Row:
    """The largest of 1,000, 10,000, … stays that `fit` is done with in time."""
    count, row = 1_000, Row(step, 0, 0.0)
    while count <= len(stays) and row.taken <= PATIENCE:
        sample = first_stays(stays, count)
        begun = time.perf_counter()
        fit(sample)
        row = Row(step, count, time.perf_counter() - begun)
        count *= 10
    return row


def _where_stays_go(stays: Stays) -> AalenJohansen:
    return aalen_johansen(count_stays(stays).total())


def _by_stage(stays: Stays) -> Iterator[tuple[Floats, Ints]]:
    """For each open stage: ages in days, and 0 for open stays or 1 + the destination."""
    age, event = stays.age_days(), stays.destination - OPEN
    for stage in stays.stages.open:
        there = stays.stage == stage
        yield age[there], event[there]


def _lifelines(variances: bool, stays: Stays) -> None:
    from lifelines import AalenJohansenFitter

    for age, event in _by_stage(stays):
        for destination in np.setdiff1d(event, [0]):
            fitter = AalenJohansenFitter(calculate_variance=variances)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fitter.fit(age, event, event_of_interest=destination)


def _scikit_survival(stays: Stays) -> None:
    from sksurv.nonparametric import cumulative_incidence_competing_risks

    for age, event in _by_stage(stays):
        # It wants the events numbered without a gap.
        numbers = np.searchsorted(np.union1d([0], event), event)
        cumulative_incidence_competing_risks(numbers, age)


if __name__ == "__main__":
    main()
