"""Leads over the API, as forms of a website and other systems use them."""

import pytest

from core import clock
from crm.models import Customer, Lead
from crm.services.activities import log_activity
from crm.services.assignment_rules import create_rule
from crm.services.leads import create_lead
from crm.services.lifecycle import move_customer

pytestmark = pytest.mark.django_db

LEADS = "/api/v1/leads/"


@pytest.fixture
def monday(company_day, db):
    clock.pin(company_day("2026-03-09", hour=10))


@pytest.fixture
def to_wu(company, ladder, monday):
    return create_rule(by=None, name="All", how="person", person=company.teammate)


def test_a_lead_is_posted_assigned_and_due(api, company, to_wu):
    answer = api.owner.post(LEADS, {"name": "Harbin Dairy", "region": "North"})
    assert answer.status_code == 201
    told = answer.data
    assert (told["customer_name"], told["owner"], told["rule"]) == (
        "Harbin Dairy",
        company.teammate.pk,
        to_wu.pk,
    )
    assert (told["arrived_at"], told["due_at"]) == ("2026-03-09T02:00:00Z", "2026-03-09T06:00:00Z")
    assert (told["state"], told["first_response_at"]) == ("waiting", None)
    assert answer["Location"].endswith(f"/leads/{told['id']}/")


def test_a_lead_sent_twice_with_one_key_is_one(api, to_wu):
    for _ in range(2):
        api.owner.post(LEADS, {"name": "Once"}, headers={"Idempotency-Key": "form-1"})
    assert Lead.objects.count() == 1


def test_a_customer_is_assigned_where_it_is_asked_for(api, company, to_wu):
    def owner(address, **fields):
        return api.owner.post(f"/api/v1/customers/{address}", fields).data["owner"]

    assert owner("", name="Mine") == company.owner.pk
    assert not Lead.objects.exists()
    assert owner("", name="Given", assign=True) == company.teammate.pk
    assert owner("upsert/", external_id="E", name="Given too", assign=True) == company.teammate.pk
    assert Lead.objects.count() == 2
    as_before = {"external_id": "E", "name": "Renamed", "assign": True}
    api.teammate.post("/api/v1/customers/upsert/", as_before)
    assert Lead.objects.count() == 2
    assert Customer.objects.get(external_id="E").name == "Renamed"


def test_bad_leads_are_refused_beside_their_fields(api, monday, ladder, problem, pointers):
    document = problem(api.owner.post(LEADS, {"name": "", "colour": "red"}), 400)
    assert "#/colour" in pointers(document)
    assert "#/name" in pointers(problem(api.owner.post(LEADS, {}), 400))
    assert not Customer.objects.exists()


def test_leads_are_filtered_by_state_and_owner(api, company, company_day, ladder, monday):
    old = company_day("2026-03-06", hour=10)
    late = create_lead(by=None, owner=company.owner, name="Late", created_at=old)
    free = create_lead(by=None, name="Free")
    done = create_lead(by=None, owner=company.owner, name="Done")
    log_activity(done.customer, by=company.owner, kind="email", subject="Hello")

    def found(query):
        return [row["id"] for row in api.owner.get(f"{LEADS}?{query}").data["results"]]

    assert found("state=overdue") == [late.pk]
    assert found("state=answered_in_time") == found("answered=true") == [done.pk]
    assert found("unassigned=true") == found("state=waiting") == [free.pk]
    assert found(f"owner={company.owner.pk}&answered=false") == [late.pk]
    assert api.owner.get(f"{LEADS}?state=lost").status_code == 400
    row = api.owner.get(f"{LEADS}{done.pk}/").data
    assert (row["responder"], row["response_minutes"]) == (company.owner.pk, 0)


def test_who_was_given_up_without_an_answer_waits_no_more(
    api, company, company_day, ladder, monday
):
    lost = ladder.stages.create(name="Given up", order=9, part="acquisition", is_lost=True)
    old = company_day("2026-03-06", hour=10)
    lead = create_lead(by=None, owner=company.owner, name="Late", created_at=old)
    waits = create_lead(by=None, owner=company.owner, name="Waits")
    move_customer(lead.customer, to=lost, by=company.owner)

    def found(query):
        return [row["id"] for row in api.owner.get(f"{LEADS}?{query}").data["results"]]

    assert (found("state=overdue"), found("state=waiting")) == ([], [waits.pk])
    assert found("state=given_up") == found("given_up=true") == [lead.pk]
    assert found("answered=false&given_up=false") == [waits.pk]
    told = api.owner.get(f"{LEADS}{lead.pk}/").data
    assert (told["state"], told["given_up_at"]) == ("given_up", "2026-03-09T02:00:00Z")
    told = api.owner.get(f"{LEADS}statistics/").data
    assert (told["company"]["waiting"], told["company"]["missed"]) == (1, 1)
    assert told["people"][0]["overdue"] == 0


def test_taking_is_done_once_and_kept(api, company, ladder, monday, problem):
    lead = create_lead(by=None, name="Free")
    for _ in range(2):
        answer = api.owner.post(f"{LEADS}{lead.pk}/take/")
        assert (answer.status_code, answer.data["owner"]) == (200, company.owner.pk)
    refused = problem(api.teammate.post(f"{LEADS}{lead.pk}/take/"), 400)
    assert refused["errors"][0]["detail"] == "Li has this lead already."
    answer = api.manager.post(f"{LEADS}{lead.pk}/assign/", {"owner": None})
    assert answer.data["owner"] is None
    refused = api.manager.post(f"{LEADS}{lead.pk}/assign/", {"owner": company.stranger.pk})
    assert refused.status_code == 400


def test_statistics_tell_the_company_and_whom_one_may_see(api, company, ladder, monday):
    lead = create_lead(by=None, owner=company.owner, name="Done")
    log_activity(lead.customer, by=company.owner, kind="call", subject="Hello")
    told = api.manager.get(f"{LEADS}statistics/").data
    assert told["company"] == {
        "in_time": 1,
        "late": 0,
        "missed": 0,
        "share_in_time": 1.0,
        "median_minutes": 0,
        "waiting": 0,
        "overdue": 0,
    }
    assert [row["user"] for row in told["people"]] == [company.owner.pk]
    assert [row["team"] for row in told["teams"]] == [company.sub_team.pk]
    past = api.stranger.get(f"{LEADS}statistics/?before=2026-01-01").data
    assert (past["company"]["in_time"], past["people"]) == (0, [])
    for wrong in ("since=x", "until=2026-01-01"):
        assert api.owner.get(f"{LEADS}statistics/?{wrong}").status_code == 400


def test_rules_and_the_target_are_kept_by_managers(api, company, to_wu, problem):
    made = api.manager.post(
        "/api/v1/assignment-rules/",
        {"name": "North", "how": "turns", "team": company.sub_team.pk, "regions": ["North"]},
    )
    assert (made.status_code, made.data["order"]) == (201, to_wu.order + 1)
    address = f"/api/v1/assignment-rules/{made.data['id']}/"
    problem(
        api.manager.patch(address, {"person": company.owner.pk}, headers={"If-Match": "*"}), 400
    )
    api.manager.patch(address, {"order": 0}, headers={"If-Match": "*"})
    tried = api.manager.get("/api/v1/assignment-rules/try/?region=north").data
    assert tried == {"rule": made.data["id"], "owner": company.owner.pk}
    problem(api.manager.patch(f"{LEADS}target/", {"closes_at": "08:00"}), 400)
    problem(api.manager.patch(f"{LEADS}target/", {"weekdays": []}), 400)
    assert api.manager.patch(f"{LEADS}target/", {"hours": "1"}).data["hours"] == "1.00"
    assert api.owner.post(LEADS, {"name": "Soon"}).data["due_at"] == "2026-03-09T03:00:00Z"
