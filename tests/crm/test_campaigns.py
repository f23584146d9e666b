"""Campaigns: their life, their members, and what they brought for what they cost."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from core import clock
from core.models import AuditEntry, ExchangeRate
from core.money import MissingExchangeRate
from core.services.versions import StaleVersion
from crm.campaign_figures import campaign_figures, source_costs
from crm.models import Campaign, CampaignMember, Customer, Source
from crm.services import campaigns as services
from crm.services.customers import create_customer
from crm.services.lifecycle import move_customer
from crm.unit_costs import Lacks

pytestmark = pytest.mark.django_db
TODAY = "2001-12-31"


@pytest.fixture(autouse=True)
def end_of_2001(db, company_day):
    clock.pin(company_day(TODAY, 12))


@pytest.fixture
def fairs(db):
    return Source.objects.create(name="Fairs")


@pytest.fixture
def plan(company, fairs):
    """A running campaign of the fairs; fields as said."""

    def planned(name="Fair", since="2001-03-01", until="2001-03-31", cost=None, **fields):
        fields = {"source": fairs, "currency": "CNY", "actual_cost": cost} | fields
        starts, ends = date.fromisoformat(since), until and date.fromisoformat(until)
        made = services.plan_campaign(
            by=company.manager, name=name, starts_on=starts, ends_on=ends, **fields
        )
        return services.start_campaign(made, by=company.manager)

    return planned


@pytest.fixture
def lead(company, ladder, fairs, company_day):
    """A customer who entered the ladder on a day and may have been won on another."""

    def made(day, won="", source=fairs, name="Lead"):
        customer = create_customer(
            by=company.owner,
            owner=company.owner,
            name=name,
            source=source,
            created_at=company_day(day, 10),
        )
        if won:
            last = ladder.stages.get(reached_by="deal_won")
            move_customer(customer, to=last, by=company.owner, at=company_day(won, 10))
        return customer

    return made


def counts(campaign):
    found = campaign_figures([campaign])[campaign.pk]
    return found.leads, found.won, found.undecided


def test_leads_of_its_source_on_its_days_are_its_own(plan, lead):
    fair = plan(cost=1000)
    other = Source.objects.create(name="Web")
    for day in ("2001-03-01", "2001-03-31", "2001-03-15"):
        lead(day)
    lead("2001-02-28")
    lead("2001-04-01")
    lead("2001-03-10", source=other)
    lead("2001-03-20", won="2001-06-01")
    assert counts(fair) == (4, 1, 3)


def test_a_lead_counts_once_its_membership_before_its_source(company, plan, lead):
    web = Source.objects.create(name="Web")
    fair, mailing = plan(), plan("Mailing", source=web)
    lead("2001-03-02")
    invited = lead("2001-03-03", won="2001-05-01")
    services.add_member(mailing, invited, by=company.manager)
    assert (counts(fair), counts(mailing)) == ((1, 0, 1), (1, 1, 0))


def test_of_two_campaigns_of_a_source_the_later_takes_the_lead(plan, lead):
    year, fair = plan("Year", "2001-01-01", "2001-12-31"), plan()
    lead("2001-03-02")
    lead("2001-06-02")
    assert (counts(year), counts(fair)) == ((1, 0, 1), (1, 0, 1))
    assert campaign_figures([year, fair])[year.pk].leads == 1


def test_who_was_known_before_is_no_lead_but_may_be_won_by_an_answer(
    company, plan, lead, company_day
):
    fair = plan()
    known = lead("2001-01-05", won="2001-07-01")
    unmoved = lead("2001-01-05", won="2001-02-01", name="Bought before")
    silent = lead("2001-01-05", won="2001-07-01", name="Silent")
    at = company_day("2001-03-05")
    for customer in (known, unmoved):
        services.record_response(fair, customer, by=company.owner, responded_at=at)
    services.add_member(fair, silent, by=company.manager)
    assert counts(fair) == (0, 1, 0)


def test_a_given_up_lead_is_neither_won_nor_undecided(company, ladder, plan, lead):
    from crm.models import LifecycleStage

    gone = LifecycleStage.objects.create(
        ladder=ladder, name="Given up", order=9, part="acquisition", is_lost=True
    )
    fair = plan()
    move_customer(lead("2001-03-02"), to=gone, by=company.owner)
    assert counts(fair) == (1, 0, 0)


def test_a_plan_takes_no_leads_from_a_campaign_that_ran(company, plan, lead):
    fair, second = plan(), plan("Second", "2001-03-02")
    lead("2001-03-03")
    services.postpone_campaign(second, by=company.manager)
    assert (counts(fair), counts(second)) == ((1, 0, 1), (0, 0, 0))


def test_costs_are_per_lead_and_per_win_with_their_band_and_honest_where_few(plan, lead):
    fair = plan(cost=9000)
    for n in range(6):
        lead("2001-03-02", won="2001-05-01" if n == 0 else "")
    found = campaign_figures([fair])[fair.pk]
    assert (found.per_lead.value, found.per_lead.n, found.per_lead.lacks) == (1500, 6, None)
    assert found.per_lead.low80 < 1500 < found.per_lead.high80
    assert (found.per_won.value, found.per_won.n, found.per_won.lacks) == (
        None,
        1,
        Lacks.MORE_CASES,
    )
    unpriced = plan("No cost", "2001-05-01", "2001-05-02")
    assert campaign_figures([unpriced])[unpriced.pk].per_lead.lacks == Lacks.COST


def test_a_source_costs_what_its_campaigns_cost_in_the_period(plan, lead):
    web = Source.objects.create(name="Web")
    plan("Autumn", "2000-12-22", "2001-01-10", cost=2000)  # ten of its twenty days
    plan(cost=500)
    plan("Unpriced", "2001-05-01", "2001-05-02")
    for n in range(5):
        lead(f"2001-0{n + 1}-09")
    lead("2001-02-02", source=web)
    lead("2001-02-02", source=None)
    found = source_costs(date(2001, 1, 1), date(2002, 1, 1))
    rows = {row.source and row.source.name: row for row in found.rows}
    assert list(rows) == ["Fairs", "Web", None]
    fair = rows["Fairs"]
    assert (fair.campaigns, fair.unpriced, fair.spent, fair.leads) == (3, 1, 1500, 5)
    assert fair.per_lead.value == 300
    assert (rows["Web"].spent, rows["Web"].per_lead.lacks) == (None, Lacks.COST)


def test_costs_in_other_currencies_count_at_the_rate_of_the_first_day(plan):
    plan(cost=10, currency="USD")
    period = date(2001, 1, 1), date(2002, 1, 1)
    with pytest.raises(MissingExchangeRate):
        source_costs(*period)
    ExchangeRate.objects.create(base="USD", quote="CNY", date="2001-01-01", rate=8)
    assert source_costs(*period).rows[0].spent == 80


def test_figures_cost_the_same_number_of_queries_whatever_there_is(
    company, plan, lead, django_assert_num_queries
):
    campaigns = [plan(f"Fair {n}", f"2001-0{n + 1}-01", f"2001-0{n + 1}-20") for n in range(6)]
    for n in range(6):
        services.add_member(campaigns[n], lead(f"2001-0{n + 1}-09"), by=company.manager)
    with django_assert_num_queries(4):
        campaign_figures(campaigns)
    with django_assert_num_queries(4):
        source_costs(date(2001, 1, 1), date(2002, 1, 1))


def test_a_campaign_is_planned_begun_and_finished_with_an_audit_of_each(company, plan):
    fair = plan(until=None)
    services.finish_campaign(fair, by=company.manager)
    assert (fair.status, fair.ends_on) == (Campaign.Status.DONE, date(2001, 12, 31))
    services.start_campaign(fair, by=company.manager)
    assert (fair.status, fair.ends_on) == (Campaign.Status.RUNNING, None)
    services.record_cost(fair, by=company.manager, amount=7)
    actions = AuditEntry.objects.filter(object_type="crm.campaign").order_by("pk")
    assert [row.action for row in actions] == ["create", *["update"] * 4]
    assert actions.last().changes == {"actual_cost": [None, 7]}


def test_what_contradicts_itself_is_refused(company, plan):
    fair = plan()
    with pytest.raises(ValidationError, match="before it begins"):
        services.update_campaign(fair, by=company.manager, ends_on=date(2001, 2, 1))
    with pytest.raises(ValidationError, match="negative"):
        services.record_cost(fair, by=company.manager, amount=-1)
    services.postpone_campaign(fair, by=company.manager)
    with pytest.raises(ValidationError, match="not begun"):
        services.finish_campaign(fair, by=company.manager)


def test_customers_are_added_once_and_taken_out_but_for_those_who_answered(company, plan, lead):
    fair = plan()
    people = [lead("2001-01-02", name=f"C{n}") for n in range(4)]
    everybody, at = Customer.objects.all(), clock.now()
    services.add_member(fair, people[0], by=company.manager)
    at += timedelta(seconds=1)
    assert services.add_members(fair, everybody, by=company.manager, at=at) == 3
    assert services.add_members(fair, everybody, by=company.manager, at=at) == 0
    services.record_response(fair, people[1], by=company.owner)
    assert services.take_out_members(fair, added_at=at, by=company.manager) == 2
    assert set(fair.members.values_list("customer__name", flat=True)) == {"C0", "C1"}


def test_an_answer_has_its_instant_and_can_be_taken_back(company, plan, lead):
    fair, customer = plan(), lead("2001-01-02")
    member = services.record_response(fair, customer, by=company.owner)
    assert (member.status, member.responded_at) == ("responded", clock.now())
    services.record_response(fair, customer, by=company.owner, status="declined")
    member.refresh_from_db()
    assert (member.status, member.version) == ("declined", 2)
    services.update_member(member, by=company.owner, status="invited")
    assert member.responded_at is None
    with pytest.raises(ValidationError, match="future"):
        services.record_response(
            fair, customer, by=None, responded_at=clock.now() + timedelta(days=1)
        )
    stale = CampaignMember.objects.get(pk=member.pk)
    services.update_member(member, by=None, status="declined")
    with pytest.raises(StaleVersion):
        services.remove_member(stale, by=None)
