"""The pages of campaigns, and who may do what on them."""

import pytest
from django.urls import reverse

from core import clock
from crm.models import Campaign, CampaignMember, Source
from crm.services import campaigns as services
from crm.services.customers import create_customer

pytestmark = pytest.mark.django_db
LIST = "/customers/campaigns/"


@pytest.fixture
def fair(company, ladder):
    source = Source.objects.create(name="Fairs")
    made = services.plan_campaign(
        by=company.manager,
        name="Spring fair",
        source=source,
        starts_on=clock.today(),
        budget=500,
        currency="CNY",
        expected_leads=9,
    )
    return services.start_campaign(made, by=company.manager)


@pytest.fixture
def member(company, fair, hengda):
    return services.add_member(fair, hengda, by=company.manager)


def address(name, *args):
    return reverse(f"crm:{name}", args=args)


def text(response):
    return response.content.decode()


def test_everybody_sees_campaigns_and_what_they_cost(company, fair, as_user):
    for person in (company.owner, company.stranger, company.manager, company.admin):
        client = as_user(person)
        assert "Spring fair" in text(client.get(LIST))
        assert client.get(address("campaign", fair.pk)).status_code == 200


def test_an_empty_list_says_what_campaigns_are_for(company, ladder, as_user):
    assert "Plan the first campaign" in text(as_user(company.manager).get(LIST))
    assert "Managers plan them" in text(as_user(company.owner).get(LIST))


@pytest.mark.parametrize(
    ("persona", "seen"),
    [("owner", True), ("teammate", True), ("manager", True), ("admin", True), ("stranger", False)],
)
def test_a_member_is_seen_with_its_customer(company, fair, member, as_user, persona, seen):
    page = text(as_user(getattr(company, persona)).get(address("campaign", fair.pk)))
    assert ("Hengda" in page) == seen
    assert ("None of its customers are yours" in page) != seen


def test_managers_plan_edit_price_start_and_finish(company, fair, as_user):
    client = as_user(company.manager)
    data = {
        "name": "Autumn fair",
        "source": fair.source_id,
        "starts_on": "2026-10-01",
        "currency": "cny",
        "budget": "12 k",
    }
    made = client.post(address("new_campaign"), data)
    autumn = Campaign.objects.get(name="Autumn fair")
    assert made.url == address("campaign", autumn.pk)
    assert (autumn.budget, autumn.currency, autumn.status) == (12_000, "CNY", "planned")
    edited = client.post(
        address("edit_campaign", autumn.pk), data | {"name": "Fair", "version": autumn.version}
    )
    assert edited.status_code == 302
    client.post(address("act_on_campaign", autumn.pk, "start"))
    client.post(address("campaign_cost", autumn.pk), {"actual_cost": "9,000", "version": 3})
    client.post(address("act_on_campaign", autumn.pk, "finish"))
    autumn.refresh_from_db()
    assert (autumn.name, autumn.actual_cost, autumn.status) == ("Fair", 9000, "done")


def test_a_campaign_that_ends_before_it_begins_is_refused_beside_the_form(company, fair, as_user):
    data = {
        "name": "X",
        "source": fair.source_id,
        "starts_on": "2026-10-02",
        "ends_on": "2026-10-01",
        "currency": "CNY",
    }
    page = text(as_user(company.manager).post(address("new_campaign"), data))
    assert "cannot end before it begins" in page


def test_an_edit_under_which_somebody_else_edited_is_shown_and_not_lost(company, fair, as_user):
    seen = fair.version
    services.update_campaign(fair, by=company.admin, note="Hall 3")
    data = {
        "name": "Renamed",
        "source": fair.source_id,
        "starts_on": fair.starts_on,
        "currency": "CNY",
        "budget": "500",
        "expected_leads": "9",
        "version": seen,
    }
    page = text(as_user(company.manager).post(address("edit_campaign", fair.pk), data))
    assert "Hall 3" in page
    assert Campaign.objects.get(pk=fair.pk).name == "Spring fair"


@pytest.mark.parametrize("persona", ["owner", "stranger"])
def test_reps_change_no_campaign(company, fair, member, as_user, persona):
    client = as_user(getattr(company, persona))
    for name, args in [
        ("new_campaign", []),
        ("edit_campaign", [fair.pk]),
        ("campaign_cost", [fair.pk]),
        ("act_on_campaign", [fair.pk, "archive"]),
        ("add_campaign_members", [fair.pk]),
        ("take_out_members", [fair.pk, clock.now().isoformat()]),
        ("remove_campaign_member", [fair.pk, member.pk]),
    ]:
        assert client.post(address(name, *args)).status_code == 404, name
    assert "New campaign" not in text(client.get(LIST))
    fair.refresh_from_db()
    assert (fair.archived_at, fair.members.count()) == (None, 1)


def test_a_rep_notes_the_answer_of_an_own_customer_and_of_no_other(company, fair, member, as_user):
    noted = address("answer_campaign", fair.pk, member.pk, "responded")
    assert as_user(company.stranger).post(noted).status_code == 404
    assert as_user(company.owner).get(noted).status_code == 405
    assert as_user(company.owner).post(noted).status_code == 302
    member.refresh_from_db()
    assert member.status == CampaignMember.Status.RESPONDED
    undo = address("answer_campaign", fair.pk, member.pk, "invited")
    as_user(company.owner).post(undo)
    member.refresh_from_db()
    assert (member.status, member.responded_at) == ("invited", None)
    wrong = address("answer_campaign", fair.pk, member.pk, "perhaps")
    assert as_user(company.owner).post(wrong).status_code == 404


def test_members_are_added_by_filter_and_the_adding_taken_back(company, fair, hengda, as_user):
    create_customer(by=company.owner, owner=company.owner, name="Bo", region="North")
    client = as_user(company.manager)
    adding = address("add_campaign_members", fair.pk)
    assert "Add 2 customers" in text(client.get(adding))
    assert "Add 1 customer" in text(client.get(f"{adding}?region=North"))
    assert "none matches" in text(client.get(f"{adding}?q=nobody"))
    client.post(adding, {"region": "North"})
    assert [m.customer.name for m in fair.members.all()] == ["Bo"]
    added = fair.members.get().added_at.isoformat()
    client.post(address("take_out_members", fair.pk, added))
    assert not fair.members.exists()
    assert client.post(address("take_out_members", fair.pk, "x")).status_code == 404


@pytest.mark.parametrize(
    "query", ["period=2001", "period=x", "status=done", "archived=on", "page=9"]
)
def test_the_list_answers_whatever_the_address_says(company, fair, as_user, query):
    client = as_user(company.owner)
    assert client.get(f"{LIST}?{query}").status_code == 200
    part = client.get(f"{LIST}?{query}", headers={"HX-Request": "true", "HX-Target": "campaigns"})
    assert b"<html" not in part.content


def test_a_missing_rate_is_said_and_hides_no_campaign(company, fair, as_user):
    services.update_campaign(fair, by=company.manager, currency="USD", actual_cost=5)
    page = text(as_user(company.owner).get(LIST))
    assert "No exchange rate from USD to CNY" in page
    assert "Spring fair" in page


def test_pages_cost_the_same_number_of_queries_whatever_they_show(
    company, fair, ladder, as_user, django_assert_max_num_queries
):
    for n in range(5):
        customer = create_customer(by=company.owner, owner=company.owner, name=f"C{n}")
        services.add_member(fair, customer, by=company.manager)
        services.plan_campaign(
            by=None, name=f"F{n}", source=fair.source, starts_on="2026-01-01", currency="CNY"
        )
    client = as_user(company.manager)
    with django_assert_max_num_queries(22):
        client.get(LIST)
    with django_assert_max_num_queries(20):
        client.get(address("campaign", fair.pk))
    with django_assert_max_num_queries(18):
        client.get(address("add_campaign_members", fair.pk))
