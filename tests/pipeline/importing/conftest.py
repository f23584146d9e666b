import csv
import json
from pathlib import Path

import pytest

MAPPING = {
    "pipeline": "Sales",
    "stages": ["Contacted", "Offered", "Agreed"],
    "currency": "EUR",
    "time_zone": "Europe/Amsterdam",
    "deals": {
        "external_id": "id",
        "customer": "customer",
        "owner": "rep",
        "product": "product",
        "amount": "amount",
        "created": "created",
        "closed": "closed",
        "stage": "stage",
        "lost_reason": "why",
        "entered": {"Offered": "offered"},
    },
    "history": {"external_id": "id", "stage": "stage", "at": "at", "by": "by"},
}
COLUMNS = ["id", "customer", "rep", "product", "amount", "created", "offered", "closed"] + [
    "stage",
    "why",
]


class Importer:
    """Writes the files of an import and runs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mapping = json.loads(json.dumps(MAPPING))

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def write_rows(self, name: str, columns: list[str], rows: list[dict]) -> Path:
        path = self.folder / name
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def deals(self, *rows: dict) -> Path:
        return self.write_rows("deals.csv", COLUMNS, list(rows))

    def history(self, *rows: tuple) -> Path:
        columns = ["id", "stage", "at", "by"]
        named = [dict(zip(columns, row, strict=False)) for row in rows]
        return self.write_rows("history.csv", columns, named)

    def run(self, deals: Path, history: Path | None = None, **options):
        from pipeline.services.importing import check_mapping, import_deals

        mapping = check_mapping(self.mapping, folder=self.folder)
        return import_deals(deals, history, mapping=mapping, **options)

    def run_rows(self, *rows: dict, **options):
        return self.run(self.deals(*rows), **options)


@pytest.fixture
def importer(db, tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    return Importer(tmp_path)


@pytest.fixture
def moves():
    """The live moves of a deal as (from, to, day and time in UTC); checks that they connect."""
    from pipeline.models import StageChange

    def of(external_id: str) -> list[tuple[str | None, str, str]]:
        rows = StageChange.objects.live().filter(opportunity__external_id=external_id)
        rows = list(rows.select_related("from_stage", "to_stage").order_by("at", "id"))
        for before, after in zip(rows, rows[1:], strict=False):
            assert after.from_stage == before.to_stage
        return [
            (row.from_stage and row.from_stage.name, row.to_stage.name, f"{row.at:%m-%d %H:%M}")
            for row in rows
        ]

    return of


@pytest.fixture
def refused():
    """Refused rows of a report as (file, line, code)."""

    def of(report) -> list[tuple[str, int, str]]:
        if not report.refused_file:
            return []
        with open(report.refused_file, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert all(row["reason"] for row in rows)
        assert len(rows) == report.refused
        return [(row["file"], int(row["line"]), row["code"]) for row in rows]

    return of
