"""What belongs to an archived customer or deal waits for nobody, on any page."""

from datetime import timedelta

import pytest

from core import clock
from crm.services.activities import log_activity
from crm.services.customers import archive_customer, create_customer, restore_customer
from pipeline.services.opportunities import (
    archive_opportunity,
    create_opportunity,
    restore_opportunity,
)


@pytest.fixture
def late(company, pipeline, customer):
    """One overdue task about a deal and one with another customer."""
    past = clock.now() - timedelta(days=3)
    deal = create_opportunity(pipeline=pipeline, by=company.owner, name="Line", customer=customer)
    other = create_customer(by=company.owner, name="Lotus", owner=company.owner)
    for whom, about in ((customer, deal), (other, None)):
        log_activity(
            whom,
            by=company.owner,
            kind="task",
            subject=f"With {whom}",
            due_at=past,
            opportunity=about,
        )
    return deal, other


@pytest.fixture
def counted(company, as_user):
    """How much is overdue by the rep's own page and by the manager's table."""

    def count():
        own = as_user(company.owner).get("/").context["agenda"].overdue_total
        team = as_user(company.manager).get("/").context["team"]
        return own, {each.name: each.overdue_count for each in team}["Li"]

    return count


def test_of_an_archived_customer_nothing_counts_until_it_is_back(company, late, counted):
    _deal, other = late
    assert counted() == (2, 2)
    archive_customer(other, by=company.owner)
    assert counted() == (1, 1)
    restore_customer(other, by=company.owner)
    assert counted() == (2, 2)


def test_of_an_archived_deal_neither(company, customer, late, counted, as_user):
    deal, _other = late
    archive_opportunity(deal, by=company.owner)
    assert counted() == (1, 1)
    restore_opportunity(deal, by=company.owner)
    assert counted() == (2, 2)
