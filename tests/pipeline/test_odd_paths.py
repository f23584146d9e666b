"""Skips, moves back, re-openings and slips, as deals and customers really make them."""

import pytest

from core import clock
from pipeline.services.estimates import refresh
from tests.pipeline.test_stages_that_changed import counts


@pytest.fixture
def rows(pipeline, company_day):
    """The estimate's rows by name, in 2002."""

    def read():
        clock.pin(company_day("2002-01-01"))
        return {row["name"]: row for row in refresh(pipeline).payload["stages"]}

    return read


def test_a_skip_is_an_advance_to_where_it_went(walk, rows):
    walk("03-01", ("Negotiation", "03-11"), ("Won", "03-21"))
    walk("03-01", ("Won", "03-11"))
    found = rows()
    assert counts(found["Qualified"]) == (2, 2, 0, 0, 0)
    assert counts(found["Proposal"]) == (0, 0, 0, 0, 0)
    assert counts(found["Negotiation"]) == (1, 1, 0, 0, 0)


def test_a_reopened_deal_was_lost_and_goes_on_from_where_it_came_back(walk, rows):
    walk("03-01", ("Proposal", "03-11"), ("Lost", "03-21"), ("Proposal", "04-11"), ("Won", "05-01"))
    walk("03-01", ("Lost", "03-21"), ("Negotiation", "04-11"))
    found = rows()
    assert counts(found["Qualified"]) == (2, 1, 0, 1, 0)
    assert counts(found["Proposal"]) == (2, 1, 0, 1, 0)
    assert counts(found["Negotiation"]) == (1, 0, 0, 0, 1)
    # Of the lost ones half were won in the end, half are open: none stayed lost.
    assert found["Proposal"]["success"]["rate"] > 0.5


def test_a_slip_is_no_stay(walk, rows, pipeline):
    walk("03-01 09:00", ("Proposal", "03-11 09:00"), ("Qualified", "03-11 09:04"))
    walk("03-01 09:00", ("Lost", "03-11 09:00"), ("Qualified", "03-11 09:01"))
    walk("03-01 09:00", ("Won", "03-11 09:00"), ("Qualified", "03-11 09:01"))
    slow = ("Proposal", "03-11 09:00"), ("Qualified", "03-11 09:05")
    walk("03-01 09:00", *slow)
    found = rows()
    assert counts(found["Qualified"]) == (5, 1, 0, 0, 4)
    assert counts(found["Proposal"]) == (1, 0, 1, 0, 0)
    pipeline.misclick_minutes = 0
    pipeline.save()
    found = rows()
    # A win taken back is none however long it stood.
    assert counts(found["Qualified"]) == (7, 2, 0, 1, 4)
    pipeline.misclick_minutes = 6
    pipeline.save()
    assert counts(rows()["Qualified"]) == (4, 0, 0, 0, 4)


def test_what_goes_on_at_once_was_really_there(walk, rows):
    walk("03-01 09:00", ("Proposal", "03-11 09:00"), ("Negotiation", "03-11 09:00"))
    found = rows()
    assert counts(found["Proposal"]) == (1, 1, 0, 0, 0)


def test_a_slip_was_believed_until_it_was_taken_back(walk, pipeline, company_day):
    walk("03-01 09:00", ("Proposal", "03-11 09:00"), ("Qualified", "03-11 09:04"))
    clock.pin(company_day("2002-01-01"))
    between = company_day("2001-03-11", 9).replace(minute=2)
    found = refresh(pipeline, as_of=between).payload["stages"]
    assert {row["name"]: row["open"] for row in found}["Proposal"] == 1


def test_a_customer_slips_skips_and_comes_back_like_a_deal(climb, rows, ladder):
    ladder.stages.filter(name="Customer").update(order=9)
    ladder.stages.filter(name="Prospect").update(order=3)
    ladder.stages.create(name="Lead", order=2, part="nurturing")
    ladder.stages.create(name="Given up", order=10, part="nurturing", is_lost=True)
    climb("02-01 09:00", ("Lead", "02-11 09:00"), ("Suspect", "02-11 09:03"))
    climb("02-01 09:00", ("Prospect", "02-11 09:00"), ("Lead", "02-21 09:00"))
    climb("02-01 09:00", ("Given up", "02-11 09:00"), ("Lead", "03-11 09:00"))
    climb("02-01 09:00", ("Given up", "02-11 09:00"), ("Suspect", "02-11 09:01"))
    found = rows()
    assert counts(found["Suspect"]) == (4, 1, 0, 1, 2)
    assert counts(found["Lead"]) == (2, 0, 0, 0, 2)
    assert counts(found["Prospect"]) == (1, 0, 1, 0, 0)
