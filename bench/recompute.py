"""Recomputing the rates of the bank log from the database, beside DuckDB's GROUP BY.

A whole recompute counts every deal anew, estimates with intervals and writes the row.
"""

from datetime import timedelta
from itertools import count

from bench.scratch import SHARED_DATA, scratch_database, seconds, table

LOG = SHARED_DATA / "bpi2012"


def main() -> None:
    if not LOG.is_dir():
        print(f"skipped: no data set at {LOG}")
        return
    with scratch_database() as vendor:
        measure(vendor)


def measure(vendor: str) -> None:
    import duckdb
    import pandas as pd
    from django.core.management import call_command

    from core import clock
    from pipeline.histories import read_deals
    from pipeline.models import Pipeline, StageChange
    from pipeline.services.cube import rebuild
    from pipeline.services.estimates import refresh

    files = (str(LOG / "bpi2012_cases.csv.gz"), str(LOG / "bpi2012_stage_history.csv.gz"))
    call_command("import_deals", *files, f"--mapping={LOG / 'mapping.json'}", "--verbosity=0")
    pipeline = Pipeline.objects.get()
    instants = (clock.now() - timedelta(seconds=n) for n in count())
    whole = seconds(lambda: (rebuild(pipeline), refresh(pipeline)))
    from_counts = seconds(lambda: refresh(pipeline))
    from_history = seconds(lambda: refresh(pipeline, as_of=next(instants)))
    reading = seconds(lambda: read_deals(pipeline, as_of=next(instants)))

    moves = read_deals(pipeline, as_of=next(instants)).moves
    columns = {"subject": moves.subject, "stage": moves.stage, "moved": moves.at}
    database = duckdb.connect()
    database.register("moves", pd.DataFrame(columns))
    query = (
        "SELECT stage, following, count(*) FROM (SELECT stage, lead(stage) OVER "
        "(PARTITION BY subject ORDER BY moved) AS following FROM moves) GROUP BY 1, 2"
    )
    baseline = seconds(lambda: database.execute(query).fetchall())
    taken = {
        "whole recompute": whole,
        "recompute when nothing changed": from_counts,
        "as of a past date, from the history": from_history,
        "of it reading": reading,
        "DuckDB GROUP BY of the rows in memory": baseline,
    }
    rows = [(step, f"{s * 1000:.1f}", f"{s / baseline:.1f}") for step, s in taken.items()]
    print(f"{vendor}: {StageChange.objects.count():,} stage changes; asked for: 2000 ms or less")
    table(("step", "ms", "times the GROUP BY"), rows)


if __name__ == "__main__":
    main()
