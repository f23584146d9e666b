"""Importing the bank's stage log, beside reading it alone and saving it row by row."""

import csv
import gzip
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import perf_counter

from bench.scratch import SHARED_DATA, scratch_database, table

LOG = SHARED_DATA / "bpi2012"
DEALS, HISTORY = "bpi2012_cases.csv.gz", "bpi2012_stage_history.csv.gz"
NAIVE_ROWS = 1_500


def main() -> None:
    if not LOG.is_dir():
        print(f"skipped: no data set at {LOG}")
        return
    with scratch_database() as vendor:
        print(f"{vendor}; asked for: 5,000 history rows/s or more")
        measured: list[tuple[str, ...]] = [
            (name, f"{rows:,}", f"{taken:.2f}", f"{rows / taken:,.0f}")
            for name, rows, taken in _measure(LOG)
        ]
        table(("step", "history rows", "seconds", "rows/s"), measured)


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


if __name__ == "__main__":
    main()
