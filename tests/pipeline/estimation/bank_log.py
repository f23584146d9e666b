"""The bank's log of loan applications as moves, by its import mapping."""

import csv
import gzip
import json
from datetime import datetime
from fnmatch import fnmatch
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from pipeline.estimation import DAY, Moves, StageList

ORIGIN_DAYS = (31, 45, 61, 75, 92, 106, 122)


def origin(day: int) -> int:
    start = datetime(2011, 10, 1, tzinfo=ZoneInfo("Europe/Amsterdam"))
    return int(start.timestamp()) * 1_000_000 + day * DAY


def read_bank_log(shared_data: Path) -> tuple[Moves, StageList]:
    folder = shared_data / "bpi2012"
    if not folder.exists():
        pytest.skip("the bank log is not beside the project")
    mapping = json.loads((folder / "mapping.json").read_text())
    stages = StageList.of(tuple(mapping["stages"]))
    with gzip.open(folder / "bpi2012_stage_history.csv.gz", "rt") as lines:
        rows = sorted(
            (int(row["case_id"]), _microseconds(row["entered_at"]), _stage(row, mapping, stages))
            for row in csv.DictReader(lines)
            if not any(fnmatch(row["stage"], p) for p in mapping["ignore_stages"])
        )
    kept = [row for _, case in groupby(rows, lambda row: row[0]) for row in _to_outcome(case)]
    subject, at, stage = np.array(kept, np.int64).T
    return Moves(subject, stage.astype(np.int32), at), stages


def _stage(row, mapping, stages):
    return stages.names.index(mapping["stage_map"][row["stage"]])


def _microseconds(text):
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


def _to_outcome(case):
    for row in case:
        yield row
        if row[2] >= 3:
            return
