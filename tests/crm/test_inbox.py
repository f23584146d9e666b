"""The inbox and the pages of its rules, as reps and managers use them."""

from datetime import timedelta

import pytest

from core import clock
from core.models import Notice
from crm.models import AssignmentRule, Customer, Lead, Source
from crm.response_figures import company_figures, figures_by_person, this_month
from crm.services.activities import log_activity
from crm.services.assignment_rules import create_rule
from crm.services.customers import archive_customer
from crm.services.leads import create_lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def monday(company_day, db):
    """The clock stands at ten on a Monday."""
    at = company_day("2026-03-09", hour=10)
    clock.pin(at)
    return at


@pytest.fixture
def arrive(company, ladder, monday):
    def lead(name, **fields):
        return create_lead(by=company.admin, name=name, **fields)

    return lead


@pytest.fixture
def to_wu(company, ladder):
    return create_rule(by=None, name="All", how="person", person=company.teammate)


def call(lead, by):
    return log_activity(lead.customer, by=by, kind="call", subject="Called")


def test_an_empty_inbox_says_what_lands_there(company, as_user):
    page = as_user(company.owner).get("/inbox/").content.decode()
    assert "No new lead waits here" in page
    assert "No new lead waits for you." in page
    assert "Answered in time" not in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("whose=mine", "No new lead waits for you</p>"),
        ("whose=nobody", "No new lead waits to be taken"),
        ("show=answered", "No lead was answered here yet"),
        ("show=answered&whose=mine&source={source}", "No lead matches"),
    ],
)
def test_an_empty_list_says_what_it_is_empty_of(company, arrive, as_user, query, said):
    arrive("Somebody's", owner=company.teammate)
    fair = Source.objects.create(name="Fair")
    page = as_user(company.owner).get(f"/inbox/?{query.format(source=fair.pk)}")
    assert said in page.content.decode()


def test_the_most_pressing_lead_comes_first_with_its_timer(company, arrive, as_user, company_day):
    arrive("Later", owner=company.owner)
    arrive("Late", owner=company.teammate, created_at=company_day("2026-03-06", hour=10))
    arrive("Nobody has it", created_at=company_day("2026-03-09", hour=9))
    page = as_user(company.owner).get("/inbox/")
    shown = [(row.customer.name, row.words, row.can_open) for row in page.context["rows"]]
    assert shown == [
        ("Late", "overdue by 5 h", True),
        ("Nobody has it", "3 h left", False),
        ("Later", "4 h left", True),
    ]
    assert page.context["rows"][0].state == "overdue"
    assert as_user(company.stranger).get("/inbox/").context["rows"] == []


def test_mine_nobodys_and_answered_ones(company, arrive, as_user):
    mine = arrive("Mine", owner=company.owner)
    arrive("Free")
    done = arrive("Done", owner=company.teammate)
    call(done, company.teammate)
    client = as_user(company.owner)

    def names(query):
        return [row.customer.name for row in client.get(f"/inbox/?{query}").context["rows"]]

    assert names("whose=mine") == ["Mine"]
    assert names("whose=nobody") == ["Free"]
    assert names("show=answered") == ["Done"]
    assert names("whose=everybody&page=x&source=0") == ["Mine", "Free"]
    archive_customer(mine.customer, by=company.owner)
    assert names("whose=mine") == []


def test_what_waits_for_me_is_counted_in_the_bar(company, arrive, as_user):
    arrive("One", owner=company.owner)
    call(arrive("Two", owner=company.owner), company.owner)
    arrive("Three", owner=company.teammate)
    page = as_user(company.owner).get("/customers/").content.decode()
    assert page.count('title="1 waits for you" aria-hidden="true">1</b>') == 2
    assert "nav-count" not in as_user(company.manager).get("/customers/").content.decode()


def test_what_waits_under_more_is_counted_at_the_tab(company, arrive, as_user):
    arrive("One", owner=company.manager)
    page = as_user(company.manager).get("/customers/").content.decode()
    tab = page.split('<nav class="tabbar"')[1].split("<button")[1].split("</button>")[0]
    assert "More" in tab
    assert "1 waits for you" in tab


def test_a_rep_takes_a_lead_and_puts_it_back(company, arrive, as_user):
    lead = arrive("Free")
    client = as_user(company.owner)
    client.post(f"/inbox/{lead.pk}/take/")
    assert Customer.objects.get().owner == company.owner
    refused = as_user(company.teammate).post(f"/inbox/{lead.pk}/take/", follow=True)
    assert "Li has this lead already." in refused.content.decode()
    as_user(company.owner).post(f"/inbox/{lead.pk}/put-back/")
    assert Customer.objects.get().owner is None
    assert as_user(company.stranger).post(f"/inbox/{lead.pk}/take/").status_code == 404


def test_a_manager_assigns_and_undoes_it(company, arrive, as_user):
    lead = arrive("Free")
    address = f"/inbox/{lead.pk}/assign/"
    client = as_user(company.manager)
    assert "Li" in client.get(address).content.decode()
    client.post(address, {"owner": company.owner.pk})
    assert Customer.objects.get().owner == company.owner
    assert Notice.objects.get(code="lead_assigned").user == company.owner
    client.post(f"{address}?owner=")
    assert Customer.objects.get().owner is None
    client.post(address, {"owner": company.stranger.pk})
    assert Customer.objects.get().owner is None
    assert as_user(company.owner).post(address, {"owner": company.owner.pk}).status_code == 404


def test_a_new_lead_is_typed_and_assigned_by_the_rules(company, to_wu, monday, as_user):
    client = as_user(company.owner)
    assert "Whom the rules name" in client.get("/inbox/new/").content.decode()
    page = client.post("/inbox/new/", {"name": "Harbin Dairy"}, follow=True)
    assert "Harbin Dairy waits for Wu." in page.content.decode()
    assert Lead.objects.get().rule == to_wu
    assert "is-invalid" in client.post("/inbox/new/", {"name": ""}).content.decode()
    assert Lead.objects.count() == 1


def test_a_plain_new_customer_is_no_lead(company, to_wu, as_user):
    data = {"name": "Known", "owner": company.owner.pk}
    as_user(company.owner).post("/customers/new/", data)
    assert Customer.objects.get().owner == company.owner
    assert not Lead.objects.exists()


def test_the_customers_page_tells_of_the_time_until_it_is_answered(company, arrive, as_user):
    lead = arrive("Mine", owner=company.owner)
    address = f"/customers/{lead.customer_id}/"
    client = as_user(company.owner)
    assert "A new lead without an answer: 4 h left." in client.get(address).content.decode()
    call(lead, company.owner)
    assert "without an answer" not in client.get(address).content.decode()


def test_managers_alone_see_the_rules(company, to_wu, as_user):
    for address in ("", "new/", f"{to_wu.pk}/"):
        assert as_user(company.owner).get(f"/inbox/rules/{address}").status_code == 404
    assert as_user(company.owner).get("/inbox/target/").status_code == 404
    assert as_user(company.manager).get("/inbox/rules/").status_code == 200


def test_a_rule_is_written_ordered_deleted_and_restored(company, to_wu, as_user):
    web = Source.objects.create(name="Web")
    client = as_user(company.manager)
    data = {"name": "Web", "sources": [web.pk], "regions": "North, 华北、East", "how": "load"}
    assert "Name the team." in client.post("/inbox/rules/new/", data).content.decode()
    client.post("/inbox/rules/new/", data | {"team": company.sub_team.pk})
    rule = AssignmentRule.objects.get(name="Web")
    assert (rule.regions, rule.team, list(rule.sources.all())) == (
        ["North", "华北", "East"],
        company.sub_team,
        [web],
    )
    client.post(f"/inbox/rules/{rule.pk}/up/")
    assert [each.name for each in client.get("/inbox/rules/").context["rules"]] == ["Web", "All"]
    client.post(f"/inbox/rules/{to_wu.pk}/archive/")
    assert [each.name for each in client.get("/inbox/rules/").context["rules"]] == ["Web"]
    client.post(f"/inbox/rules/{to_wu.pk}/restore/")
    assert len(client.get("/inbox/rules/").context["rules"]) == 2
    page = client.get(f"/inbox/rules/{rule.pk}/").content.decode()
    assert "North, 华北, East" in page
    stale = data | {"name": "Stale", "team": company.sub_team.pk, "version": 9}
    page = client.post(f"/inbox/rules/{rule.pk}/", stale).content.decode()
    assert "Somebody else changed this meanwhile" in page
    one = {"name": "Li's", "how": "person", "person": company.owner.pk, "version": rule.version}
    client.post(f"/inbox/rules/{rule.pk}/", one)
    rule.refresh_from_db()
    assert (rule.person, rule.team, rule.regions) == (company.owner, None, [])


def test_the_rules_are_tried_without_a_lead(company, to_wu, as_user):
    web = Source.objects.create(name="Web")
    rule = create_rule(
        by=None, name="North", how="load", team=company.sub_team, regions=["North"], order=0
    )
    client = as_user(company.manager)
    page = client.get(f"/inbox/rules/?try=1&source={web.pk}&region=north")
    assert page.context["choice"].rule == rule
    page = client.get(
        "/inbox/rules/?try=1&region=South", headers={"HX-Request": "true", "HX-Target": "tried"}
    )
    assert "<strong>Wu</strong> would get it now, by the rule “All”." in page.content.decode()
    assert client.get("/inbox/rules/?try=1&source=x").status_code == 200
    assert not Lead.objects.exists()


def test_the_target_is_set_beside_its_fields(company, arrive, as_user):
    client = as_user(company.manager)
    data = {"hours": "0.5", "weekdays": [0, 5], "opens_at": "08:00", "closes_at": "12:00"}
    page = client.post("/inbox/target/", data | {"closes_at": "07:00"})
    assert "Work ends after it begins." in page.content.decode()
    assert "is-invalid" in client.post("/inbox/target/", data | {"hours": "0"}).content.decode()
    client.post("/inbox/target/", data)
    assert arrive("Quick").due_at == clock.now() + timedelta(minutes=30)


@pytest.fixture
def month(company, arrive, monday, company_day):
    """In time: Li 1; late: Wu 1; missed: Li 1 open, nobody 1 archived when overdue; and others."""
    early = company_day("2026-03-05", hour=9)
    call(arrive("In time", owner=company.owner), company.owner)
    call(arrive("Late", owner=company.owner, created_at=early), company.teammate)
    arrive("Missed", owner=company.owner, created_at=early)
    archive_customer(arrive("Put away late", created_at=early).customer, by=None)
    archive_customer(arrive("No lead after all").customer, by=None)
    arrive("Still time", owner=company.teammate)
    arrive("Before", owner=company.teammate, created_at=company_day("2026-02-20", hour=9))


def test_a_month_is_told_by_what_became_of_its_leads(company, month):
    since, before = this_month()
    figures = company_figures(since, before, at=clock.now())
    assert (figures.in_time, figures.late, figures.missed) == (1, 1, 2)
    assert (figures.share, figures.waiting, figures.overdue) == (0.25, 3, 2)
    # Nothing, and two days of nine hours with one more: 0 and 19 hours.
    assert figures.median_minutes == 19 * 60 / 2
    found = figures_by_person(company.manager, since, before, at=clock.now())
    told = {
        row.person and row.person.name: (
            row.figures.in_time,
            row.figures.decided,
            row.figures.overdue,
        )
        for row in found
    }
    assert told == {"Li": (1, 2, 1), "Wu": (0, 1, 1), None: (0, 1, 0)}
    assert [
        row.person.name for row in figures_by_person(company.owner, since, before, at=clock.now())
    ] == ["Li"]


def test_reps_see_their_own_first_and_then_how_fast_we_are(company, month, as_user):
    page = as_user(company.owner).get("/inbox/").content.decode()
    assert "1 of your new leads is overdue." in page
    assert "of the company" not in page
    theirs, ours = page.split('class="lead-whose">Yours<')[1].split('class="lead-whose">Company<')
    assert "1 of 2 that are decided" in theirs
    assert "1 of 4 that are decided" in ours
    assert page.index('id="leads"') < page.index("lead-whose")
    assert "First response by person and team" not in page
    stranger = as_user(company.stranger).get("/inbox/").content.decode()
    assert "No new lead waits for you." in stranger
    assert ">Yours<" not in stranger
    today = as_user(company.stranger).get("/").content.decode()
    assert today.index("No new lead waits for you") < today.index("Company, this month")
    assert "in time, 1 of 4" in today


def test_a_rep_whose_leads_still_have_time_is_told_so(company, month, as_user):
    page = as_user(company.teammate).get("/inbox/").content.decode()
    assert "1 of your new leads is overdue." in page
    Lead.objects.filter(customer__name="Before").delete()
    page = as_user(company.teammate).get("/inbox/").content.decode()
    assert "1 new lead waits for you, not overdue yet." in page


def test_managers_see_how_fast_we_are_and_by_whom(company, month, as_user):
    page = as_user(company.manager).get("/inbox/").content.decode()
    assert "2 new leads of the company are overdue." in page
    assert page.index('class="lead-whose">Company<') < page.index('id="leads"')
    assert "First response by person and team" in page
    today = as_user(company.manager).get("/").content.decode()
    assert "No new lead waits for you" in today


def test_pages_take_a_fixed_number_of_queries(
    company, month, arrive, as_user, django_assert_max_num_queries
):
    pages = {"/inbox/": 30, "/inbox/?show=answered": 30, "/": 38, "/inbox/leads.csv": 8}
    client = as_user(company.manager)
    counts = {}
    for url, most in pages.items():
        with django_assert_max_num_queries(most) as few:
            list(client.get(url))
        counts[url] = len(few)
    for i in range(12):
        lead = arrive(f"More {i}", owner=(company.owner, company.teammate, None)[i % 3])
        if i % 2:
            call(lead, company.owner)
    for url, count in counts.items():
        with django_assert_max_num_queries(count + (url == "/")):
            list(client.get(url))


def test_the_list_is_taken_away_as_a_table(company, month, as_user):
    answer = as_user(company.owner).get("/inbox/leads.csv?show=answered")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].split(",")[:4] == ["customer", "source", "region", "owner"]
    came, due = "2026-03-09T10:00+08:00", "2026-03-09T14:00+08:00"
    assert lines[1].split(",") == [
        *("In time", "", "", "Li", "", came, due, "answered_in_time", came, "0", "Li", "")
    ]
    assert [line.split(",")[0] for line in lines[1:]] == ["In time", "Late"]
