"""A lead that is given up without an answer waits no more, and makes nobody any faster."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps

from core import clock
from core.models import Notice
from crm.models import Ladder, Lead, LifecycleStage
from crm.response_figures import company_figures, figures_by_person, this_month
from crm.services.activities import log_activity
from crm.services.assignment_rules import load_of
from crm.services.leads import create_lead
from crm.services.lifecycle import move_customer, restore_move, undo_last_move
from crm.services.merges import merge_customers, undo_merge
from pipeline.services.opportunities import create_opportunity

pytestmark = pytest.mark.django_db


@pytest.fixture
def monday(company_day, db):
    """The clock stands at ten on a Monday; what comes now is due at two."""
    at = company_day("2026-03-09", hour=10)
    clock.pin(at)
    return at


@pytest.fixture
def lost(ladder):
    return LifecycleStage.objects.create(
        ladder=ladder, name="Given up", order=9, part="acquisition", is_lost=True
    )


@pytest.fixture
def lead(company, lost, monday):
    return create_lead(by=company.admin, name="Quarry Works", owner=company.owner)


@pytest.fixture
def give_up(company, lost):
    def move(lead):
        return move_customer(lead.customer, to=lost, by=company.owner)

    return move


@pytest.fixture
def first(ladder):
    return ladder.stages.get(name="Suspect")


def figures():
    told = company_figures(*this_month(), at=clock.now())
    return {name: getattr(told, name) for name in ("waiting", "overdue", "missed", "decided")}


def state(lead):
    lead.refresh_from_db()
    return lead.state(at=clock.now())


def test_who_was_given_up_waits_nowhere(company, lead, give_up, as_user):
    clock.pin(clock.now() + timedelta(days=1))
    client = as_user(company.owner)
    assert "1 of your new leads is overdue." in client.get("/inbox/").content.decode()
    assert 'title="1 waits for you"' in client.get("/customers/").content.decode()
    give_up(lead)
    page = client.get("/inbox/")
    assert (page.context["rows"], state(lead)) == ([], "given_up")
    assert "No new lead waits for you." in page.content.decode()
    assert "nav-count" not in client.get("/customers/").content.decode()
    assert "No new lead waits for you" in client.get("/").content.decode()
    customer = client.get(f"/customers/{lead.customer_id}/").content.decode()
    assert "without an answer:" not in customer
    assert load_of([company.owner]) == {}


def test_given_up_ones_are_listed_by_themselves(company, lead, give_up, as_user):
    give_up(lead)
    page = as_user(company.owner).get("/inbox/?show=given_up")
    (row,) = page.context["rows"]
    assert (row.words, row.is_waiting) == ("given up without an answer", False)
    assert "Log a call" not in page.content.decode().split('id="leads"')[1].split("</table>")[0]
    answer = as_user(company.owner).get("/inbox/leads.csv?show=given_up")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].endswith(",given_up_at")
    assert lines[1].endswith(",2026-03-09T10:00+08:00")


def test_given_up_in_time_counts_neither_way(lead, give_up):
    give_up(lead)
    clock.pin(clock.now() + timedelta(days=3))
    assert figures() == {"waiting": 0, "overdue": 0, "missed": 0, "decided": 0}


def test_given_up_once_overdue_stays_missed(company, lead, give_up):
    clock.pin(clock.now() + timedelta(days=1))
    give_up(lead)
    assert figures() == {"waiting": 0, "overdue": 0, "missed": 1, "decided": 1}
    (row,) = figures_by_person(company.owner, *this_month(), at=clock.now())
    assert (row.figures.missed, row.figures.waiting, row.figures.minutes) == (1, 0, [])


def test_an_undone_move_lets_it_wait_again(company, lead, give_up):
    move = give_up(lead)
    clock.pin(clock.now() + timedelta(days=1))
    undo_last_move(move, by=company.owner)
    assert state(lead) == "overdue"
    restore_move(move, by=company.owner)
    assert state(lead) == "given_up"
    assert lead.given_up_at == move.at


@pytest.mark.parametrize(("days", "told"), [(30, "overdue"), (31, "given_up")])
def test_brought_back_by_hand_it_waits_again_for_a_month(company, lead, give_up, first, days, told):
    give_up(lead)
    clock.pin(clock.now() + timedelta(days=days))
    move_customer(lead.customer, to=first, by=company.owner)
    assert state(lead) == told


def test_a_deal_that_brings_it_back_asks_for_no_first_answer(company, lead, give_up, pipeline):
    give_up(lead)
    create_opportunity(
        by=company.owner,
        pipeline=pipeline,
        name="Line",
        customer=lead.customer,
        owner=company.owner,
    )
    assert lead.customer.positions.get().stage.name == "Prospect"
    assert state(lead) == "given_up"


def test_an_answer_counts_though_it_was_given_up(company, lead, give_up):
    log_activity(lead.customer, by=company.owner, kind="call", subject="Called")
    give_up(lead)
    assert state(lead) == "answered_in_time"
    assert figures()["decided"] == 1


def test_a_call_after_giving_up_answers_late(company, lead, give_up, as_user):
    give_up(lead)
    clock.pin(clock.now() + timedelta(days=1))
    log_activity(lead.customer, by=company.owner, kind="call", subject="Called")
    assert state(lead) == "answered_late"
    assert as_user(company.owner).get("/inbox/?show=given_up").context["rows"] == []


def test_on_two_ladders_both_must_have_ended(company, lead, give_up):
    service = Ladder.objects.create(name="Service")
    stages = [
        LifecycleStage.objects.create(
            ladder=service, name=name, order=i, part="acquisition", is_lost=bool(i)
        )
        for i, name in enumerate(["Offered", "Declined"])
    ]
    move_customer(lead.customer, to=stages[0], by=company.owner)
    give_up(lead)
    assert state(lead) == "waiting"
    move_customer(lead.customer, to=stages[1], by=company.owner)
    assert state(lead) == "given_up"


def test_a_stage_that_counts_as_lost_from_now_on(lead, first):
    for is_lost, told in ((True, "given_up"), (False, "waiting")):
        first.is_lost = is_lost
        first.save()
        assert state(lead) == told


def test_merged_with_one_that_is_alive_it_waits_and_parted_it_is_given_up(company, lead, give_up):
    other = create_lead(by=company.admin, name="Quarry", owner=company.owner)
    give_up(lead)
    merge = merge_customers(other.customer, lead.customer, by=company.owner)
    assert Lead.objects.get().state(at=clock.now()) == "waiting"
    undo_merge(merge, by=company.owner)
    assert (state(lead), state(other)) == ("given_up", "waiting")


def test_nobody_is_told_of_leads_that_nobody_has_once_they_are_given_up(company, lost, monday):
    lead = create_lead(by=company.admin, name="Nobody's")
    unread = Notice.objects.filter(code="leads_of_nobody", read_at__isnull=True)
    assert unread.exists()
    move_customer(lead.customer, to=lost, by=company.manager)
    assert not unread.exists()


def test_leads_from_before_are_brought_to_it(lead, give_up, company):
    give_up(lead)
    waits = create_lead(by=company.admin, name="Waits", owner=company.owner)
    Lead.objects.update(given_up_at=None)
    import_module("crm.migrations.0020_leads_given_up_before").note_given_up(apps, None)
    assert (state(lead), state(waits)) == ("given_up", "waiting")
    assert lead.given_up_at == clock.now()
