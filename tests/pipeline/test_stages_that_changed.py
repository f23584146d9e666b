"""Stages renamed, retired and put in another order keep their history, for deals and customers."""

from datetime import UTC, datetime

import pytest

from core import clock
from pipeline.services.estimates import refresh

COUNTS = ("entered", "advanced", "moved_back", "lost", "open")


@pytest.fixture
def rows(pipeline, company_day):
    """The estimate's rows by name, in 2002."""

    def read():
        clock.pin(company_day("2002-01-01"))
        return {row["name"]: row for row in refresh(pipeline).payload["stages"]}

    return read


@pytest.fixture
def deals(walk):
    """Three deals that went to Proposal, one of them back again."""
    walk("03-01", ("Proposal", "03-11"), ("Qualified", "03-21"), ("Lost", "04-01"))
    walk("03-01", ("Proposal", "03-11"), ("Negotiation", "03-21"))
    walk("03-01", ("Proposal", "03-11"), ("Won", "03-21"))


def counts(row):
    return tuple(row[name] for name in COUNTS)


def without_names(found):
    return [row | {"name": ""} for row in found.values()]


def test_a_renamed_stage_keeps_its_history(deals, rows, stages):
    before = rows()
    stages["Proposal"].name = "Offer"
    stages["Proposal"].save()
    after = rows()
    assert counts(after["Offer"]) == counts(before["Proposal"]) == (3, 2, 1, 0, 0)
    assert without_names(after) == without_names(before)


def test_a_retired_stage_stays_in_the_estimate(deals, rows, stages):
    before = rows()
    stages["Proposal"].retired_at = datetime(2001, 12, 1, tzinfo=UTC)
    stages["Proposal"].save()
    assert rows() == before


def test_forward_and_back_follow_the_order_of_today(deals, rows, stages):
    before = rows()
    stages["Proposal"].order, stages["Qualified"].order = 1, 2
    for stage in stages.values():
        stage.save()
    after = rows()
    assert list(after)[-3:] == ["Proposal", "Qualified", "Negotiation"]
    assert counts(before["Qualified"]) == (4, 3, 0, 1, 0)
    assert counts(after["Qualified"]) == (4, 0, 3, 1, 0)
    assert counts(after["Proposal"]) == (3, 3, 0, 0, 0)
    assert counts(after["Negotiation"]) == counts(before["Negotiation"])
    chance = [found["Proposal"]["success"]["rate"] for found in (before, after)]
    assert chance[0] == pytest.approx(chance[1])


def test_a_past_date_is_answered_by_the_stages_of_today(deals, pipeline, stages, company_day):
    clock.pin(company_day("2002-01-01"))
    stages["Proposal"].name = "Offer"
    stages["Proposal"].save()
    found = refresh(pipeline, as_of=company_day("2001-03-15")).payload["stages"]
    assert {row["name"]: row["open"] for row in found}["Offer"] == 3


@pytest.fixture
def customers(climb):
    """Four customers, of whom three became prospects and one of these fell back."""
    climb("02-01", ("Prospect", "02-11"), ("Suspect", "02-21"))
    climb("02-01", ("Prospect", "02-11"))
    climb("02-01", ("Prospect", "02-12"))
    climb("02-01")


def test_a_renamed_step_of_the_ladder_keeps_its_history(customers, rows, ladder):
    before = rows()
    ladder.stages.filter(name="Prospect").update(name="Lead")
    after = rows()
    assert counts(after["Lead"]) == counts(before["Prospect"]) == (3, 0, 1, 0, 2)
    assert without_names(after) == without_names(before)


def test_forward_and_back_follow_the_order_of_the_ladder_today(climb, rows, ladder):
    ladder.stages.filter(name="Prospect").update(order=4)
    ladder.stages.filter(name="Customer").update(order=5)
    ladder.stages.create(name="Lead", order=2, part="nurturing")
    climb("02-01", ("Lead", "02-11"), ("Prospect", "02-21"))
    climb("02-01", ("Lead", "02-11"))
    before = rows()
    ladder.stages.filter(name="Suspect").update(order=3)
    after = rows()
    assert list(after)[:3] == ["Lead", "Suspect", "Prospect"]
    assert counts(before["Suspect"]) == (2, 2, 0, 0, 0)
    assert counts(after["Suspect"]) == (2, 0, 2, 0, 0)
    assert counts(after["Lead"]) == counts(before["Lead"]) == (2, 1, 0, 0, 1)
