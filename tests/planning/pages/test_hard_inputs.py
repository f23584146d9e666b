"""Histories and targets that leave little to plan with: all answer, and in a sentence."""

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest

from core import clock
from crm.models import Source
from pipeline.services.estimates import refresh
from pipeline.services.pipelines import create_pipeline
from planning.models import Staff
from planning.services.means import create_channel, create_role
from planning.services.plans import create_plan
from planning.tables import tables_of
from planning.tables.facts import Facts
from tests.api.conftest import client_of
from tests.histories import write_history

HTMX = {"HX-Request": "true"}
TARGET = Decimal(60_000_000)
HARD = (
    "never_estimated",
    "empty",
    "zero_rate",
    "one_stage",
    "all_lost",
    "covered",
    "far_out_of_reach",
)
OPEN_STAGES = {"one_stage": ["Offer"]}
# Nobody has ever left the first stage; nobody has ever won.
COURSES = {"zero_rate": {"mean_stay": 1e5}, "all_lost": {"advance": 0.0}}


@pytest.fixture(params=HARD)
def case(request):
    return request.param


@pytest.fixture
def history(db, case, company_day):
    clock.pin(company_day("2002-01-01"))
    names = OPEN_STAGES.get(case, ["Qualified", "Proposal", "Negotiation"])
    pipeline = create_pipeline("New equipment", currency="CNY", stages=names)
    if case not in ("never_estimated", "empty"):
        course = COURSES.get(case, {})
        write_history(pipeline, start=company_day("2001-01-01"), days=365, deals=400, **course)
    if case != "never_estimated":
        refresh(pipeline)
    return pipeline


@pytest.fixture(params=[False, True], ids=["free", "limited"])
def hard_plan(request, case, history, company):
    """With and without people and channels that limit it."""
    if request.param:
        stage = "opportunity", history.stages.order_by("order").first().pk
        role = create_role(by=company.manager, name="Engineer", efforts={stage: (4.0, 0.5)})
        Staff.objects.create(role=role, begins=date(2000, 1, 1), headcount=4)
        source = Source.objects.create(name="Fair")
        create_channel(by=company.manager, source=source, tiers=[(300, Decimal(90))])
    target = {"covered": Decimal(1), "far_out_of_reach": Decimal(10) ** 13}.get(case, TARGET)
    return create_plan(
        by=company.manager,
        name="Hard",
        year=2002,
        pipeline=history,
        target=target,
        currency="CNY",
        confidence=80,
    )


def sentence_of(page):
    verdict = page[page.index("plan-verdict") :]
    return re.search(r'<p[^>]*class="verdict-text"[^>]*>\s*([^<]+?)\s*<', verdict)[1]


def test_every_page_and_file_of_a_hard_plan_answers(client, company, hard_plan, case):
    client.force_login(company.manager)
    root = f"/plans/{hard_plan.pk}/"
    page = client.get(root)
    assert page.status_code == 200
    assert len(sentence_of(page.content.decode()).split()) >= 3
    typed = {
        "name": "Hard",
        "target": str(hard_plan.target),
        "year": 2002,
        "confidence": 90,
        "version": hard_plan.version,
    }
    facts = Facts.of(hard_plan, company.manager)
    answers = {
        "preview": client.post(root + "preview/", typed, headers=HTMX),
        "risk": client.post(root + "risk/", typed, headers=HTMX),
        **{
            act: client.get(root + act, headers=HTMX)
            for act in ("scenarios/", "targets/", "targets/?by=source")
        },
        "workbook": client.get(root + "workbook.xlsx"),
        **{slug: client.get(f"{root}{slug}.csv") for slug in tables_of(facts)},
    }
    if "what-if/" in page.content.decode():
        answers["what-if"] = client.post(root + "what-if/", {"amount": "120"}, headers=HTMX)
        answers["takes"] = client.get(root + "takes/", headers=HTMX)
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 200
    )
    assert len(sentence_of(answers["preview"].content.decode()).split()) >= 3


def test_every_number_that_can_be_opened_opens(client, company, hard_plan):
    client.force_login(company.manager)
    page = client.get(f"/plans/{hard_plan.pk}/").content.decode()
    for cell in re.findall(r'name="cell" value="([^"]+)"', page)[::5]:
        answer = client.get(f"/plans/{hard_plan.pk}/explain/", {"cell": cell}, headers=HTMX)
        assert answer.status_code == 200, cell


def test_every_number_of_what_a_source_must_do_opens(client, company, hard_plan):
    client.force_login(company.manager)
    page = client.get(f"/plans/{hard_plan.pk}/targets/?by=source").content.decode()
    for address in re.findall(r'href="([^"]+)" data-explain', page)[::5]:
        assert client.get(unescape(address), headers=HTMX).status_code == 200, address


def test_another_target_is_saved_and_answered(client, company, hard_plan):
    client.force_login(company.manager)
    typed = {"name": "Hard", "target": "70 M", "year": 2002, "confidence": 90}
    root = f"/plans/{hard_plan.pk}/"
    answer = client.post(root, typed | {"version": hard_plan.version}, headers=HTMX, follow=True)
    assert answer.status_code == 200
    hard_plan.refresh_from_db()
    assert hard_plan.target == 70_000_000
    assert len(sentence_of(client.get(root).content.decode()).split()) >= 3


def test_the_api_answers_alike(company, hard_plan, case, history):
    api_client = client_of(company.manager)
    root = f"/api/v1/plans/{hard_plan.pk}/"
    solved = api_client.post(root + "solve/")
    if case == "never_estimated":
        assert (solved.status_code, solved.json()["title"]) == (409, "No rates yet")
        return
    assert solved.status_code == 200
    assert len(solved.json()["verdict"]["text"].split()) >= 3
    for act in ("requirements/", "risk/", "scenarios/", "targets/"):
        assert api_client.get(root + act).status_code == 200, act
    stage = history.stages.order_by("order").first().pk
    for query in ({"stage": stage}, {"stage": stage, "dimension": "source"}, {"about": "won"}):
        found = api_client.get(root + "explain/", query)
        assert found.status_code == 200, query
        assert found.json()["text"]


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("empty", "too_little_history"),
        ("all_lost", "too_little_history"),
        ("zero_rate", "too_little_history"),
        ("covered", "reachable"),
        ("far_out_of_reach", "unreachable"),
    ],
    indirect=["case"],
)
def test_the_verdict_is_the_right_one(hard_plan, code):
    assert hard_plan.solution["code"] == code


def test_ten_stages_and_a_hundred_channels_are_answered(client, company, company_day):
    clock.pin(company_day("2002-01-01"))
    names = [f"Step {place}" for place in range(10)]
    pipeline = create_pipeline("Long way", currency="CNY", stages=names)
    write_history(
        pipeline, start=company_day("2001-01-01"), days=365, deals=1000, advance=0.9, mean_stay=4
    )
    refresh(pipeline)
    for place in range(100):
        source = Source.objects.create(name=f"Source {place}")
        tiers = [(5 + place % 7, Decimal(50 + place)), (20, Decimal(400 + place))]
        create_channel(by=company.manager, source=source, tiers=tiers)
    efforts = {("opportunity", stage.pk): (2.0, 0.5) for stage in pipeline.stages.open()}
    role = create_role(by=company.manager, name="Engineer", efforts=efforts)
    Staff.objects.create(role=role, begins=date(2000, 1, 1), headcount=30)
    plan = create_plan(
        by=company.manager,
        name="Long",
        year=2002,
        pipeline=pipeline,
        target=Decimal(120_000_000),
        currency="CNY",
        confidence=80,
    )
    client.force_login(company.manager)
    page = client.get(f"/plans/{plan.pk}/")
    assert page.status_code == 200
    assert plan.solution["code"] in ("reachable", "tight", "unreachable")
    assert len(sentence_of(page.content.decode()).split()) >= 3
    assert client.get(f"/plans/{plan.pk}/takes/", headers=HTMX).status_code == 200
    assert client.get(f"/plans/{plan.pk}/workbook.xlsx").status_code == 200
