"""Leads that no rule gives to anybody: who may assign them hears of them."""

import pytest

from accounts.models import Role, User
from core import clock
from core.models import Notice
from crm.lead_reads import waiting_number
from crm.services.activities import log_activity
from crm.services.assignment_rules import create_rule
from crm.services.customers import archive_customer, update_customer
from crm.services.leads import assign_lead, create_lead, put_back_lead, take_lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def monday(company_day, db):
    clock.pin(company_day("2026-03-09", hour=10))


@pytest.fixture
def arrive(company, ladder, monday):
    def lead(name="Harbin Dairy", **fields):
        return create_lead(by=company.admin, name=name, **fields)

    return lead


def told():
    return sorted(Notice.objects.unread().values_list("user__name", "code"))


EVERY_MANAGER = [("Ada", "leads_of_nobody"), ("Mei", "leads_of_nobody")]


def test_who_may_assign_is_told_once_until_it_is_read(company, arrive):
    User.objects.create_user("old@x.example", "pw", name="Old", role=Role.MANAGER, is_active=False)
    arrive()
    assert told() == EVERY_MANAGER
    arrive("Another")
    assert told() == EVERY_MANAGER
    Notice.objects.filter(user=company.manager).update(read_at=clock.now())
    arrive("A third")
    assert told() == EVERY_MANAGER
    assert Notice.objects.filter(user=company.manager).count() == 2


def test_a_lead_that_somebody_gets_is_no_news_to_managers(company, arrive):
    create_rule(by=None, name="All", how="person", person=company.owner)
    arrive()
    arrive("Named", owner=company.teammate)
    assert told() == [("Li", "lead_assigned"), ("Wu", "lead_assigned")]


def test_nobody_has_to_read_of_leads_that_all_have_somebody(company, arrive):
    first, second = arrive(), arrive("Another")
    take_lead(first, by=company.owner)
    assert told() == EVERY_MANAGER
    assign_lead(second, to=company.teammate, by=company.manager)
    assert told() == [("Wu", "lead_assigned")]


def test_one_that_is_put_back_is_told_like_one_that_came(company, arrive):
    first, second = arrive(), arrive("Another")
    for lead in (first, second):
        take_lead(lead, by=company.owner)
    assert told() == []
    put_back_lead(first, by=company.owner)
    assert told() == EVERY_MANAGER
    put_back_lead(second, by=company.owner)
    assert told() == EVERY_MANAGER


def test_whoever_gives_it_back_hears_nothing_of_it(company, arrive):
    mine, given = arrive("Mine", owner=company.manager), arrive("Given", owner=company.owner)
    Notice.objects.all().delete()
    put_back_lead(mine, by=company.manager)
    assert told() == [("Ada", "leads_of_nobody")]
    update_customer(given.customer, by=company.admin, owner=None)
    assert told() == EVERY_MANAGER


def test_one_that_was_answered_waits_for_nobody(company, arrive):
    lead = arrive("Answered", owner=company.owner)
    log_activity(lead.customer, by=company.owner, kind="call", subject="Ring")
    assign_lead(lead, to=None, by=company.owner)
    assert told() == [("Li", "lead_assigned")]


def test_the_notice_leads_to_what_nobody_has(company, arrive, as_user):
    lead = arrive()
    client = as_user(company.manager)
    notice = Notice.objects.get(user=company.manager)
    assert "New leads came that nobody has." in client.get("/notices/").content.decode()
    rows = client.get(notice.url).context["rows"]
    assert [row.lead for row in rows] == [lead]


def test_the_bar_counts_nobody_s_leads_for_those_who_may_assign_them(company, arrive, as_user):
    free, mine = arrive(), arrive("Mine", owner=company.manager)
    archive_customer(arrive("Gone").customer, by=company.admin)
    people = (company.manager, company.admin, company.owner, company.stranger)
    assert [waiting_number(person) for person in people] == [2, 1, 0, 0]
    page = as_user(company.manager).get("/").content.decode()
    assert 'title="2 wait for you"' in page
    assert "1 new lead that nobody has" in page
    take_lead(free, by=company.owner)
    assert [waiting_number(person) for person in people] == [1, 0, 1, 0]
    put_back_lead(free, by=company.owner)
    assign_lead(mine, to=None, by=company.manager)
    assert [waiting_number(person) for person in people] == [2, 2, 0, 0]
    assert "that nobody has" not in as_user(company.owner).get("/").content.decode()


def test_counting_and_telling_take_as_many_queries_for_many(
    company, arrive, django_assert_num_queries, django_assert_max_num_queries
):
    with django_assert_max_num_queries(60) as few:
        arrive()
    for i in range(9):
        User.objects.create_user(f"m{i}@x.example", "pw", name=f"M{i}", role=Role.MANAGER)
    with django_assert_max_num_queries(len(few)):
        arrive("To tell many")
    with django_assert_num_queries(1):
        waiting_number(company.manager)
