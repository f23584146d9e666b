"""Rates follow a level that has changed, and say for how long the past speaks."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core import clock
from pipeline.services.estimates import given_half_life, refresh
from tests import histories
from tests.histories import write_history


def qualified(estimate):
    return next(row for row in estimate.payload["stages"] if row["name"] == "Qualified")


@pytest.fixture
def fallen(pipeline, company_day, monkeypatch):
    """Three years of deals, of which only half as many went on in the last one."""
    clock.pin(company_day("2004-01-01"))
    write_history(pipeline, start=company_day("2001-01-01"), days=730, deals=1500)
    monkeypatch.setattr(histories, "ADVANCE", 0.3)
    write_history(pipeline, start=company_day("2003-01-01"), days=365, deals=750, seed=2)


def test_a_fallen_level_is_seen_followed_and_flagged(fallen, pipeline):
    found, of_all = refresh(pipeline), refresh(pipeline, half_life=given_half_life(None))
    chosen = found.method["half_life_days"]
    gains = {row["days"]: row["nats"] for row in found.method["half_lives"]}
    assert chosen is not None
    assert max(gains.values()) > 10
    assert of_all.method["half_life_days"] is None
    late, ever = (qualified(each)["promotion"]["rate"] for each in (found, of_all))
    assert 0.3 < late < ever < 0.6
    assert late - 0.3 < (ever - 0.3) / 2
    drift = qualified(found)["drift"]
    assert "2002-11-01" <= drift["since"] <= "2003-02-01"
    assert -0.65 < drift["change"] < -0.35


def test_where_nothing_changed_all_of_history_counts(pipeline, company_day):
    clock.pin(company_day("2003-06-01"))
    write_history(pipeline, start=company_day("2001-01-01"), days=880, deals=900)
    found = refresh(pipeline)
    assert found.method["half_life_days"] is None
    assert all(row["drift"] is None for row in found.payload["stages"])


def test_the_command_takes_a_half_life(fallen, pipeline):
    out = StringIO()
    call_command("estimate", "--half-life=90", "--json", stdout=out)
    short = json.loads(out.getvalue())
    assert short["method"]["half_life_days"] == 90
    out = StringIO()
    call_command("estimate", "--half-life=none", "--json", stdout=out)
    assert json.loads(out.getvalue())["stages"][0] != short["stages"][0]


@pytest.mark.parametrize("wrong", ["0", "-3", "soon", "nan", "inf", "1e308"])
def test_the_command_refuses_what_is_no_half_life(pipeline, wrong):
    with pytest.raises(CommandError, match="number of days from 1 on, or none"):
        call_command("estimate", f"--half-life={wrong}")


def test_plans_and_forecasts_are_made_at_the_level_of_late(fallen, pipeline):
    found, of_all = refresh(pipeline), refresh(pipeline, half_life=given_half_life(None))
    assert sum(map(sum, found.law["wins"])) < sum(map(sum, of_all.law["wins"]))
