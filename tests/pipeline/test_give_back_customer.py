"""A customer who is given away takes along what is told beforehand, and comes back with that."""

from datetime import timedelta

import pytest

from core import clock
from core.models import AuditEntry, Notice
from crm.models import Customer
from crm.services.activities import complete_activity, log_activity
from crm.services.customers import update_customer
from crm.services.leads import receive_lead
from pipeline.models import HandOver
from pipeline.services.hand_over import hand_over
from pipeline.services.opportunities import (
    create_opportunity,
    move_opportunity,
    update_opportunity,
)


@pytest.fixture
def open_deal(company, pipeline, customer):
    def open_deal(name="Line", by=company.owner):
        return create_opportunity(pipeline=pipeline, by=by, name=name, customer=customer)

    return open_deal


@pytest.fixture
def plan(company, customer):
    def plan(subject="Ring", by=company.owner, **about):
        due_at = clock.now() + timedelta(days=1)
        return log_activity(
            customer, by=by, kind="call", subject=subject, due_at=due_at, owner=by, **about
        )

    return plan


@pytest.fixture
def mei(as_user, company):
    return as_user(company.manager)


def owner_of(row):
    row.refresh_from_db()
    return row.owner


def told(client):
    return [str(each) for each in client.get("/customers/").context["messages"]]


def form_of(customer, **fields):
    return {"name": customer.name, "version": customer.version} | fields


def give(client, customer, to):
    form = form_of(customer, owner=to.pk if to else "")
    answer = client.post(f"/customers/{customer.pk}/edit/", form)
    assert answer.status_code == 302
    return told(client)


def take_back(client):
    client.post(f"/hand-over/{HandOver.objects.latest('id').pk}/undo/")
    return told(client)


def asked(client, customer, to):
    address = f"/customers/{customer.pk}/going-along/"
    return client.get(address, {"owner": to.pk if to else ""}).content.decode()


def test_what_goes_along_is_told_beforehand(company, mei, customer, open_deal, plan):
    assert asked(mei, customer, company.teammate) == ""
    open_deal()
    assert asked(mei, customer, company.teammate) == "1 open deal of Li goes along."
    open_deal("Spares")
    plan()
    both = "2 open deals and 1 planned activity of Li go along."
    assert asked(mei, customer, company.teammate) == both
    assert asked(mei, customer, None) == both
    assert asked(mei, customer, company.owner) == ""
    client = mei.post(
        f"/customers/{customer.pk}/edit/", form_of(customer, owner=company.teammate.pk, name="")
    )
    assert both in client.content.decode()


def test_nobody_is_told_of_what_they_do_not_see(company, as_user, customer, open_deal, plan):
    open_deal()
    plan()
    address = f"/customers/{customer.pk}/going-along/?owner={company.teammate.pk}"
    assert as_user(company.stranger).get(address).status_code == 404


def test_the_toast_says_what_went_and_undo_gives_it_back(company, mei, customer, open_deal, plan):
    deal, call, mine = open_deal(), plan(), open_deal("Mei's", by=company.manager)
    assert give(mei, customer, company.teammate) == [
        "Saved. 1 open deal and 1 planned activity of Li went along."
    ]
    assert owner_of(customer) == owner_of(deal) == owner_of(call) == company.teammate
    later = open_deal("Wu's own", by=company.teammate)
    assert take_back(mei) == ["All is back with Li."]
    assert owner_of(customer) == owner_of(deal) == owner_of(call) == company.owner
    assert owner_of(later) == company.teammate
    assert owner_of(mine) == company.manager
    last = AuditEntry.objects.filter(object_type="crm.customer", action="update").first()
    assert last.changes == {"owner": ["Wu", "Li"]}


def ways_back(client, customer):
    """Which changes of the owner the timeline offers to take back, and what it asks before."""
    told = client.get(f"/customers/{customer.pk}/").context["entries"]
    changes = [row for row in told if row.undo and row.text.startswith("owner: ")]
    return [(row.text.partition(";")[0], row.undo, row.undo_question) for row in changes]


QUESTION = "Give Hengda Foods back to Li, with what went along?"


def test_the_timeline_offers_it_too_while_it_can_be_undone(company, mei, customer, open_deal):
    deal = open_deal()
    assert ways_back(mei, customer) == []
    give(mei, customer, company.teammate)
    done = HandOver.objects.get()
    address = f"/hand-over/{done.pk}/undo/"
    assert ways_back(mei, customer) == [("owner: Li → Wu", address, QUESTION)]
    assert f'hx-confirm="{QUESTION}"' in mei.get(f"/customers/{customer.pk}/").content.decode()
    HandOver.objects.update(at=done.at - HandOver.UNDONE_WITHIN)
    assert ways_back(mei, customer) == []
    HandOver.objects.update(at=done.at)
    mei.post(address)
    assert owner_of(customer) == owner_of(deal) == company.owner
    assert ways_back(mei, customer) == []


def test_the_timeline_offers_it_to_whoever_may_undo_it(company, as_user, customer):
    give(as_user(company.owner), customer, company.teammate)
    told = [len(ways_back(as_user(who), customer)) for who in (company.owner, company.manager)]
    assert told == [1, 1]
    assert ways_back(as_user(company.teammate), customer) == []


def test_the_timeline_offers_it_only_while_the_customer_is_still_there(company, mei, customer):
    give(mei, customer, company.teammate)
    customer.refresh_from_db()
    update_customer(customer, by=company.manager, region="North")
    assert [text for text, *_more in ways_back(mei, customer)] == ["owner: Li → Wu"]
    give(mei, customer, None)
    ((text, address, question),) = ways_back(mei, customer)
    assert (text, address) == ("owner: Wu → –", f"/hand-over/{HandOver.objects.first().pk}/undo/")
    assert question == "Give Hengda Foods back to Wu, with what went along?"
    mei.post(address)
    assert [text for text, *_more in ways_back(mei, customer)] == ["owner: – → Wu"]
    assert ways_back(mei, customer)[0][2] == QUESTION


def test_the_timeline_of_one_does_not_undo_the_hand_over_of_all(company, mei, customer):
    hand_over(company.owner, receivers=[company.teammate], by=company.manager)
    assert owner_of(customer) == company.teammate
    assert ways_back(mei, customer) == []


def test_what_changed_meanwhile_stays_and_the_toast_says_so(
    company, mei, customer, stages, open_deal, plan
):
    deal, won, passed_on = open_deal(), open_deal("Won"), open_deal("Passed on")
    done, call = plan("Done"), plan()
    give(mei, customer, company.teammate)
    for row in (won, passed_on, done):
        row.refresh_from_db()
    move_opportunity(won, to=stages["Won"], by=company.teammate)
    update_opportunity(passed_on, by=company.teammate, owner=company.manager)
    complete_activity(done, by=company.teammate)
    assert take_back(mei) == ["Back with Li, but for 3 that others have by now."]
    assert owner_of(customer) == owner_of(deal) == owner_of(call) == company.owner
    assert owner_of(won) == owner_of(done) == company.teammate
    assert owner_of(passed_on) == company.manager


def test_a_customer_whom_a_third_person_has_by_now_stays_there(company, mei, customer, open_deal):
    deal = open_deal()
    give(mei, customer, company.teammate)
    first = HandOver.objects.get()
    customer.refresh_from_db()
    update_customer(customer, by=company.manager, owner=company.stranger)
    mei.post(f"/hand-over/{first.pk}/undo/")
    assert told(mei) == ["Back with Li, but for 2 that others have by now."]
    assert owner_of(customer) == owner_of(deal) == company.stranger
    assert Notice.objects.unread().filter(user=company.stranger).exists()


def test_given_to_nobody_it_comes_back_too(company, mei, customer, open_deal, plan):
    deal, call = open_deal(), plan()
    give(mei, customer, None)
    assert owner_of(customer) is owner_of(deal) is owner_of(call) is None
    assert take_back(mei) == ["All is back with Li."]
    assert owner_of(customer) == owner_of(deal) == owner_of(call) == company.owner


def test_from_nobody_nothing_goes_along(company, mei, customer, open_deal):
    Customer.objects.update(owner=None)
    open_deal()
    assert asked(mei, customer, company.teammate) == ""
    customer.refresh_from_db()
    assert give(mei, customer, company.teammate) == ["Saved."]
    assert not HandOver.objects.exists()


def test_another_change_says_saved_alone(company, mei, customer, open_deal):
    open_deal()
    form = form_of(customer, owner=company.owner.pk, region="North")
    mei.post(f"/customers/{customer.pk}/edit/", form)
    assert told(mei) == ["Saved."]


def test_whoever_gave_it_takes_it_back_and_no_other_rep(company, as_user, customer, open_deal):
    deal = open_deal()
    give(as_user(company.owner), customer, company.teammate)
    address = f"/hand-over/{HandOver.objects.get().pk}/undo/"
    for other in (company.teammate, company.stranger):
        assert as_user(other).post(address).status_code == 404
    assert take_back(as_user(company.owner)) == ["All is back with Li."]
    assert owner_of(deal) == company.owner


def test_nobody_has_to_read_of_a_customer_who_went_back(company, mei, customer):
    give(mei, customer, company.teammate)
    assert Notice.objects.unread().get().user == company.teammate
    take_back(mei)
    assert not Notice.objects.unread().exists()


def test_a_lead_goes_back_with_its_customer(company, mei, customer):
    lead = receive_lead(customer, by=company.owner)
    give(mei, customer, None)
    lead.refresh_from_db()
    assert lead.assigned_at is None
    take_back(mei)
    lead.refresh_from_db()
    assert lead.assigned_at is not None
    assert not Notice.objects.unread().exists()


def test_it_takes_as_many_queries_to_tell_of_many(
    company, mei, customer, open_deal, plan, django_assert_max_num_queries
):
    open_deal()
    with django_assert_max_num_queries(20) as few:
        asked(mei, customer, company.teammate)
    for n in range(5):
        open_deal(f"Deal {n}")
        plan(f"Call {n}")
    with django_assert_max_num_queries(len(few)):
        assert asked(mei, customer, company.teammate).startswith("6 open deals and 5 planned")
