"""How fast the bank's stage log is imported, beside reading it alone and the naive way.

Run: python -m bench.import_bank_log [FOLDER]. It uses a database of its own, made and dropped
again: SQLite in a temporary folder, or on the server of DATABASE_URL where that is set.
"""

import csv
import gzip
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

FOLDER = Path(os.environ.get("SHARED_DATA", "../shared/data")) / "bpi2012"
DEALS, HISTORY = "bpi2012_cases.csv.gz", "bpi2012_stage_history.csv.gz"
NAIVE_ROWS = 1_500


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    with TemporaryDirectory(prefix="stepwise-bench-") as data:
        os.environ["DATA_DIR"] = data
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django

        django.setup()
        with _database():
            _print_table(_measure(folder))


def _measure(folder: Path) -> list[tuple[str, int, float]]:
    from pipeline.services.importing import import_deals, read_mapping

    mapping = read_mapping(folder / "mapping.json")

    def run() -> None:
        import_deals(folder / DEALS, folder / HISTORY, mapping=mapping)

    rows = _read_alone(folder)
    return [
        ("csv.reader alone", rows, _seconds(lambda: _read_alone(folder))),
        ("row by row, first rows", NAIVE_ROWS, _seconds(lambda: _naively(folder))),
        ("import_deals, new", rows, _seconds(run)),
        ("import_deals, unchanged", rows, _seconds(run)),
    ]


def _read_alone(folder: Path) -> int:
    with gzip.open(folder / HISTORY, "rt") as lines:
        return sum(1 for _row in csv.reader(lines)) - 1


def _naively(folder: Path) -> None:
    """What a script would do: one deal, one move, one save after the other."""
    from pipeline.models import Opportunity, StageChange
    from pipeline.services.pipelines import create_pipeline

    mapping = json.loads((folder / "mapping.json").read_text())
    pipeline = create_pipeline("Naive", currency="EUR", stages=mapping["stages"])
    stages = {stage.name.casefold(): stage for stage in pipeline.stages.all()}
    with gzip.open(folder / HISTORY, "rt") as lines:
        for _place, row in zip(range(NAIVE_ROWS), csv.DictReader(lines), strict=False):
            if row["stage"] not in mapping["stage_map"]:
                continue
            stage = stages[mapping["stage_map"][row["stage"]].casefold()]
            at = datetime.fromisoformat(row["entered_at"])
            deal, made = Opportunity.objects.get_or_create(
                pipeline=pipeline,
                external_id=row["case_id"],
                defaults={"name": row["case_id"], "currency": "EUR", "stage": stage},
            )
            if made or deal.stage_id != stage.pk:
                StageChange.objects.create(
                    opportunity=deal,
                    pipeline=pipeline,
                    from_stage=None if made else deal.stage,
                    to_stage=stage,
                    at=at,
                )
                deal.stage, deal.stage_entered_at = stage, at
                deal.save(update_fields=["stage", "stage_entered_at"])


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


@contextmanager
def _database() -> Iterator[None]:
    """A fresh database in place of the configured one."""
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    if connection.vendor == "sqlite":
        call_command("migrate", verbosity=0)
        yield
        return
    connection.settings_dict["TEST"]["NAME"] = f"{connection.settings_dict['NAME']}_bench"
    made = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(made, verbosity=0)


def _print_table(rows: list[tuple[str, int, float]]) -> None:
    from django.db import connection

    print(f"import of the bank log on {connection.vendor}")
    print(f"{'':28}{'history rows':>14}{'seconds':>10}{'rows/s':>12}")
    for name, count, seconds in rows:
        print(f"{name:28}{count:>14,}{seconds:>10.2f}{count / seconds:>12,.0f}")


if __name__ == "__main__":
    main()
