"""What somebody held goes to others at once, evenly, and comes back within a day."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import clock
from core.models import AuditEntry, Notice
from crm.models import Activity, Customer
from crm.services.activities import log_activity
from crm.services.customers import create_customer
from crm.services.reminders import fire_due
from pipeline.models import HandOver, Opportunity
from pipeline.services.hand_over import hand_over, undo_hand_over
from pipeline.services.opportunities import create_opportunity, move_opportunity


@pytest.fixture
def held(company, pipeline, ladder):
    """Six customers of one person, the first with three deals, one of which is won."""

    def hold(count=6):
        by = company.owner
        customers = [create_customer(by=by, name=f"Customer {n}", owner=by) for n in range(count)]
        deals = [
            create_opportunity(pipeline=pipeline, by=by, name=f"Deal {n}", customer=customers[0])
            for n in range(3)
        ]
        move_opportunity(deals[0], to=pipeline.stages.get(is_won=True), by=by)
        for customer in customers[:2]:
            tomorrow = clock.now() + timedelta(days=1)
            log_activity(customer, by=by, kind="task", subject="Call back", due_at=tomorrow)
        return customers, deals

    return hold


def owners(model):
    return dict(model.objects.values_list("pk", "owner__name"))


def test_all_goes_to_the_receiver_and_closed_deals_stay(held, company):
    customers, deals = held()
    hand_over(company.owner, receivers=[company.teammate], by=company.manager)
    assert set(owners(Customer).values()) == {"Wu"}
    assert set(owners(Activity).values()) == {"Wu"}
    kept = owners(Opportunity)
    assert kept[deals[0].pk] == "Li"
    assert {kept[deal.pk] for deal in deals[1:]} == {"Wu"}


def test_closed_deals_go_along_where_asked(held, company):
    held()
    hand_over(company.owner, receivers=[company.teammate], by=company.manager, with_closed=True)
    assert set(owners(Opportunity).values()) == {"Wu"}


def test_several_share_evenly_and_a_customer_stays_whole(held, company):
    customers, deals = held()
    hand_over(company.owner, receivers=[company.teammate, company.manager], by=company.manager)
    of_customers, of_deals = owners(Customer), owners(Opportunity)
    first = of_customers[customers[0].pk]
    assert {of_deals[deal.pk] for deal in deals[1:]} == {first}
    # The first customer weighs three with its open deals, the five others one each.
    assert sorted(list(of_customers.values()).count(name) for name in ("Wu", "Mei")) == [2, 4]


def test_undo_brings_back_what_is_still_with_its_receiver(held, company):
    customers, deals = held()
    before = owners(Customer), owners(Opportunity), owners(Activity)
    done = hand_over(company.owner, receivers=[company.teammate], by=company.manager)
    Customer.objects.filter(pk=customers[5].pk).update(owner=company.manager)
    assert undo_hand_over(done, by=company.manager) == 1
    now = owners(Customer), owners(Opportunity), owners(Activity)
    assert now[0].pop(customers[5].pk) == "Mei"
    before[0].pop(customers[5].pk)
    assert now == before
    with pytest.raises(ValidationError, match="undone already"):
        undo_hand_over(done, by=company.manager)


def test_after_a_day_it_stands(held, company):
    held()
    done = hand_over(company.owner, receivers=[company.teammate], by=company.manager)
    HandOver.objects.update(at=timezone.now() - timedelta(days=1, minutes=1))
    with pytest.raises(ValidationError, match="for a day only"):
        undo_hand_over(done, by=company.manager)
    assert set(owners(Customer).values()) == {"Wu"}


def test_each_record_tells_of_it_and_the_receiver_hears_of_it(held, company):
    customers, _deals = held()
    hand_over(company.owner, receivers=[company.teammate], by=company.manager)
    entry = AuditEntry.objects.filter(
        object_type="crm.customer", object_id=customers[2].pk, action="update"
    ).get()
    assert entry.changes == {"owner": ["Li", "Wu"]}
    assert entry.actor == company.manager
    notice = Notice.objects.get(user=company.teammate)
    assert notice.params == {"giver": "Li", "customers": 6, "deals": 2}


def test_a_page_that_was_open_meanwhile_is_stale(held, company):
    customers, _deals = held()
    version = customers[0].version
    hand_over(company.owner, receivers=[company.teammate], by=company.manager)
    assert Customer.objects.get(pk=customers[0].pk).version == version + 1


def test_rates_by_owner_are_asked_for(held, company, requested):
    held()
    requested()
    hand_over(company.owner, receivers=[company.teammate], by=company.manager)
    assert requested()


@pytest.mark.parametrize(
    ("giver", "receivers", "by", "field"),
    [
        ("owner", ["teammate"], "teammate", "giver"),
        ("stranger", ["teammate"], "manager", "giver"),
        ("owner", ["stranger"], "manager", "receivers"),
        ("owner", ["owner"], "manager", "receivers"),
        ("owner", [], "manager", "receivers"),
        ("teammate", ["owner"], "manager", "giver"),
    ],
    ids=["a rep", "other team's", "to another team", "to themselves", "to nobody", "nothing held"],
)
def test_what_may_not_be_is_said_beside_its_field(held, company, giver, receivers, by, field):
    held()
    people = [getattr(company, name) for name in receivers]
    with pytest.raises(ValidationError) as refused:
        hand_over(getattr(company, giver), receivers=people, by=getattr(company, by))
    assert list(refused.value.message_dict) == [field]
    assert set(owners(Customer).values()) == {"Li"}


def test_nobody_locked_receives(held, company):
    held()
    company.teammate.is_active = False
    company.teammate.save()
    with pytest.raises(ValidationError):
        hand_over(company.owner, receivers=[company.teammate], by=company.manager)


def test_the_number_of_queries_does_not_grow(held, company, django_assert_num_queries):
    held(3)
    with CaptureQueriesContext(connection) as few:
        hand_over(company.owner, receivers=[company.teammate], by=company.admin)
    held(40)
    with django_assert_num_queries(len(few)):
        hand_over(company.owner, receivers=[company.teammate], by=company.admin)


class TestPage:
    def test_a_manager_hands_over_and_undoes(self, client, held, company):
        held()
        client.force_login(company.manager)
        page = client.get("/hand-over/").content.decode()
        assert "Li (6 customers, 2 open deals, 2 things to do)" in page
        data = {"giver": company.owner.pk, "receivers": [company.teammate.pk]}
        answer = client.post("/hand-over/", data, follow=True)
        assert "Handed over from Li: 6 customers, 2 deals." in answer.content.decode()
        undo = client.post(f"/hand-over/{HandOver.objects.get().pk}/undo/", follow=True)
        assert undo.status_code == 200
        assert set(owners(Customer).values()) == {"Li"}

    def test_a_mistake_is_said_in_the_form(self, client, held, company):
        held()
        client.force_login(company.manager)
        answer = client.post("/hand-over/", {"giver": company.owner.pk})
        assert answer.status_code == 422
        assert "Choose who gets it." in answer.content.decode()

    def test_who_gives_is_not_offered_as_receiver(self, client, held, company):
        held()
        client.force_login(company.manager)

        def offered(**query):
            form = client.get("/hand-over/", query).context["form"]
            return [int(str(choice.data["value"])) for choice in form["receivers"]]

        assert company.owner.pk in offered()
        others = offered(giver=company.owner.pk, receivers=[company.teammate.pk])
        assert company.owner.pk not in others
        assert company.teammate.pk in others
        query = {"giver": company.owner.pk, "receivers": [company.teammate.pk, company.manager.pk]}
        page = client.get("/hand-over/", query).content.decode()
        assert page.count("checked") == 2
        typed = {"giver": company.owner.pk, "receivers": [company.owner.pk]}
        refused = client.post("/hand-over/", typed)
        assert "Choose somebody else than who gives." in refused.content.decode()

    def test_a_rep_finds_no_such_page(self, client, company):
        client.force_login(company.owner)
        assert client.get("/hand-over/").status_code == 404
        assert "/hand-over/" not in client.get("/customers/").content.decode()

    def test_who_was_locked_with_records_is_told_of(self, client, held, company):
        held()
        client.force_login(company.admin)
        assert "is locked and still holds" not in client.get("/people/").content.decode()
        company.owner.is_active = False
        company.owner.save()
        page = client.get("/people/").content.decode()
        assert "Li is locked and still holds 6 customers, 2 open deals, 2 things to do." in page


class TestApi:
    @pytest.fixture
    def api(self, company):
        from rest_framework.test import APIClient

        def signed_in(user):
            client = APIClient()
            client.force_login(user)
            return client

        return signed_in

    def test_created_read_and_undone(self, api, held, company):
        held()
        client = api(company.manager)
        data = {"giver": company.owner.pk, "receivers": [company.teammate.pk]}
        made = client.post("/api/v1/hand-overs/", data, format="json")
        assert made.status_code == 201, made.content
        receiver = str(company.teammate.pk)
        assert made.json()["moved"]["customers"] == {receiver: 6}
        undone = client.post(f"/api/v1/hand-overs/{made.json()['id']}/undo/")
        assert undone.status_code == 200
        assert undone.json()["undone_by"] == company.manager.pk
        again = client.post(f"/api/v1/hand-overs/{made.json()['id']}/undo/")
        assert again.status_code == 400

    def test_a_repeated_request_hands_over_once(self, api, held, company):
        held()
        client = api(company.manager)
        data = {"giver": company.owner.pk, "receivers": [company.teammate.pk]}
        headers = {"Idempotency-Key": "leaver-1"}
        answers = [
            client.post("/api/v1/hand-overs/", data, format="json", headers=headers)
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert HandOver.objects.count() == 1

    def test_a_rep_makes_none(self, api, held, company):
        held()
        data = {"giver": company.owner.pk, "receivers": [company.teammate.pk]}
        refused = api(company.teammate).post("/api/v1/hand-overs/", data, format="json")
        assert refused.status_code == 403
        assert set(owners(Customer).values()) == {"Li"}


def test_reminders_follow_the_preference_of_who_gets_the_activities(held, company):
    held()
    company.teammate.remind_before = "1_hour"
    company.teammate.save()
    hand_over(company.owner, receivers=[company.teammate], by=company.manager)
    for activity in Activity.objects.select_related("alarm"):
        assert activity.due_at - activity.alarm.at == timedelta(hours=1)


def test_what_rang_already_rings_for_the_receiver_and_is_over_for_the_giver(held, company):
    held(1)
    planned = Activity.objects.get()
    fire_due(at=planned.due_at - timedelta(minutes=10))
    told = Notice.objects.filter(about=f"activity:{planned.pk}")
    assert told.get().user == company.owner
    hand_over(company.owner, receivers=[company.teammate], by=company.manager)
    assert told.get().read_at is not None
    fire_due(at=planned.due_at)
    assert told.filter(user=company.teammate, read_at=None).exists()


def test_what_is_planned_with_a_third_person_s_customer_goes_to_that_person(held, company):
    held(1)
    theirs = create_customer(by=company.stranger, name="Lotus", owner=company.stranger)
    task = log_activity(
        theirs,
        by=company.owner,
        kind="task",
        subject="Quote",
        due_at=clock.now() + timedelta(days=1),
    )
    done = hand_over(company.owner, receivers=[company.teammate], by=company.manager)
    task.refresh_from_db()
    assert task.owner == company.stranger
    undo_hand_over(done, by=company.manager)
    task.refresh_from_db()
    assert task.owner == company.owner
