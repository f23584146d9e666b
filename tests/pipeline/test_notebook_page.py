"""The page for notebooks says what is so: its code runs, and its tables name every column."""

import re
from pathlib import Path

import numpy as np
import pytest

from core import clock
from pipeline.estimation import AGE_EDGES, rates_of_stays
from pipeline.services.pipelines import create_pipeline
from tests.histories import write_history

PAGE = Path(__file__).resolve().parents[2] / "docs" / "notebooks.md"
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.fixture
def notebook(db, company_day, monkeypatch):
    """What an analyst has in hand after running the page from top to bottom."""
    # The page sets it for good, which is right in a notebook and not in a suite.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "")
    pipeline = create_pipeline("New equipment", currency="CNY", stages=["Talk", "Offer"])
    write_history(pipeline, start=company_day("2001-02-10"), days=300, deals=400)
    clock.pin(company_day("2001-12-07"))
    names = {}
    for block in CODE.findall(PAGE.read_text()):
        exec(compile(block, str(PAGE), "exec"), names)
    return names


def columns_in_table(of):
    rows = PAGE.read_text().split(f"| column of `{of}` |")[1].split("\n\n")[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]


def test_tables_name_every_column_in_any_order(notebook):
    for frame in ("stays", "cube"):
        assert sorted(columns_in_table(frame)) == sorted(notebook[frame].columns)


def test_stays_and_cube_are_the_same_history(notebook):
    stays, cube = notebook["stays"], notebook["cube"]
    assert cube["count"].sum() == len(stays) > 400
    assert cube["amount"].sum() == pytest.approx(stays["amount"].sum())
    still = cube[cube["destination"] == -1]
    assert still["count"].sum() == stays["is_open"].sum() > 0
    assert (still["exit_month"] == -1).all()
    lasted = stays.groupby("stage")["days"]
    assert (lasted.max() <= 305).all()


def test_quarters_account_for_every_deal_that_entered(notebook):
    by_quarter = notebook["by_quarter"]
    assert list(by_quarter.index) == ["2001 Q1", "2001 Q2", "2001 Q3", "2001 Q4"]
    shares = by_quarter.drop(columns="entered")
    assert list(shares.columns) == ["Offer", "lost", "open"]
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert by_quarter["entered"].sum() == 400
    # Tests' histories go on with probability .6; the young quarter is not resolved yet.
    assert by_quarter["Offer"].iloc[0] == pytest.approx(0.6, abs=0.12)
    assert by_quarter["open"].iloc[0] < by_quarter["open"].iloc[-1]


def test_kaplan_meier_is_the_survival_of_the_stage_page(notebook):
    # A stay lasts 12 days on average, exponentially.
    assert notebook["median_days"] == pytest.approx(12 * np.log(2), rel=0.2)
    survival = rates_of_stays(notebook["found"]).estimate.survival[0]
    days = [7, 28, 90]
    ours = survival[np.searchsorted(AGE_EDGES, days)]
    np.testing.assert_allclose(notebook["still_there"], ours, atol=0.01)
