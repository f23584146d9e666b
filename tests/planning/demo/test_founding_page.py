"""The founding case on its page: who sees it, what it says, and what ticks itself."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from planning.demo.base_year import AVAILABLE, BASE_YEAR, PLAN_START, WORKED
from planning.demo.company import FOUNDED, REPS
from planning.demo.founding_case import Assumptions, as_it_happened, as_it_would_have_worked
from planning.demo.simulation import simulate
from planning.demo.story import (
    Choice,
    base_year_of,
    one_that_can_be_kept,
    people_first,
    seeds_estimate,
    tell,
    what_they_did,
)
from planning.demo.story_tasks import steps
from planning.models import JobRole, Plan, Staff
from planning.services.plans import create_plan

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]

PAGE = "/plans/founding/"
HTMX = {"HX-Request": "true"}
GUIDE = Path(__file__).resolve().parents[3] / "docs" / "founding-case.md"


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demo company, rolled back after this module."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("seed_demo", verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def base(demo):
    return base_year_of(seeds_estimate())


@pytest.fixture
def manager(demo):
    return User.objects.get(email="manager@billion.example")


@pytest.fixture
def page(client, manager):
    """The text of the page at a query."""
    client.force_login(manager)

    def get(query="", **headers):
        answer = client.get(f"{PAGE}{query}", headers=headers)
        assert answer.status_code == 200
        return answer.content.decode()

    return get


def cell(text, key):
    return re.search(rf'data-cell="{key}">([^<]*)<', text)[1].replace("\u202f", " ")


def test_managers_see_it_and_for_others_it_does_not_exist(client, demo):
    for who, status in (("admin", 200), ("manager", 200), ("rep", 404)):
        client.force_login(User.objects.get(email=f"{who}@billion.example"))
        assert client.get(PAGE).status_code == status


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 6, "all", "none", "99"])
def test_every_step_in_both_languages(page, manager, step, language):
    manager.language = language
    manager.save()
    with translation.override(language):
        text = page(f"?step={step}")
    assert 'id="step-' in text
    assert ("创始案例" in text) == (language == "zh-hans")
    assert ("The founding case" in text) == (language == "en")


def test_the_hours_of_the_base_year_are_those_of_its_history():
    journal = simulate(REPS)
    first, end = ((day - FOUNDED).days for day in (date(BASE_YEAR, 1, 1), PLAN_START))
    assert sum(journal.hours[first:end]) == pytest.approx(WORKED)
    assert sum(journal.available[first:end]) == pytest.approx(AVAILABLE)


def test_the_page_shows_the_year_as_it_was(page):
    text = page("?step=1").replace("\u202f", " ")
    assert "78 % more than the year before" in text
    assert cell(text, "utilisation") == "91 %"


def test_what_is_shown_is_what_was_played(base):
    told, played = tell(base, what_they_did(base)), as_it_happened(base)
    assert told.multiples[::-1] == pytest.approx(played.multiples, abs=0.005)
    assert told.profits[::-1] == pytest.approx(played.profits, rel=0.02)


def test_the_outcome_as_displayed_is_that_of_the_story(page):
    text = page("?step=5")
    low, high = (float(number) for number in cell(text, "multiple").split(" to "))
    assert 1.8 <= high <= 2.05
    assert low == pytest.approx(1.36, abs=0.05)
    assert cell(text, "chance") == "below 1 %"
    assert cell(text, "cost") == "+164 %"
    assert cell(text, "profit").count("−") == 2
    assert 'data-verdict="unreachable"' in text
    assert "hours run out in January" in text


def test_what_came_is_told_in_words(page):
    text = page("?step=3").replace("\u202f", " ")
    assert "not 4 times" in text
    assert "cost 164 % more" in text
    assert "ends with a loss of" in text
    assert "chance of the target was below 1 %" in text


def test_the_fixture_is_said_to_be_one(page):
    assert "+140 % is read as 2.4 times" in page("?step=2")


def test_people_first_comes_within_three_hundredths_of_what_the_leads_are_worth(base):
    told = tell(base, people_first(base))
    worth = told.played.unlimited_multiple
    assert told.multiples[0] == pytest.approx(worth, rel=0.03)
    assert told.multiples == pytest.approx(as_it_would_have_worked(base).multiples, rel=0.01)
    assert told.profits[0] > 0


def test_a_target_that_can_be_kept_is_offered(base):
    told = tell(base, one_that_can_be_kept(base))
    assert told.code == "reachable"
    assert told.profits[0] > 0


def test_untaught_people_are_worth_half_for_good(base):
    taught = people_first(base)
    untaught = Choice(**(vars(taught) | {"is_trained": False}))
    strength = untaught.hires().strength(Assumptions(is_trained=False), 0, 365)
    assert np.all(strength == taught.people / 2)
    assert tell(base, untaught).multiples[1] < tell(base, taught).multiples[0]


def test_the_parts_of_the_fall_add_up(base):
    told = tell(base, what_they_did(base))
    worth, able = (float(each.revenue.sum()) for each in (told.played.unlimited, told.able))
    assert worth > able > told.revenues[1] > told.revenues[0]


def test_controls_answer_with_the_fragment_alone(page):
    query = "?step=5&target=1.3&leads=2&people=6&begin=0&months=1&is_trained=on"
    text = page(query, **HTMX, **{"HX-Target": "founding-answer"})
    assert text.lstrip().startswith("<section")
    assert 'data-verdict="reachable"' in text
    assert "founding-steps" not in text


@pytest.mark.parametrize("query", ["?step=5&leads=many", "?step=5&begin=99", "?step=5&target=-1"])
def test_senseless_controls_are_refused_beside_their_field(page, query):
    assert "invalid-feedback" in page(query)


def test_the_plans_lead_to_it(page, client):
    assert PAGE in client.get("/plans/").content.decode()
    plan = Plan.objects.get()
    assert PAGE in client.get(f"/plans/{plan.pk}/").content.decode()


def test_the_list_ticks_itself_by_what_is_stored(manager):
    def done():
        return [step.is_done for step in steps(manager)]

    assert done() == [False, False, False, False]
    draft = Plan.objects.get()
    role = JobRole.objects.get()
    Staff.objects.create(role=role, headcount=6, begins=date(2002, 2, 1))
    assert done() == [False, True, False, False]
    own = create_plan(
        by=manager,
        name="One that can be kept",
        year=2002,
        pipeline=draft.pipeline,
        target=Decimal(25_000_000),
        currency="CNY",
    )
    assert done() == [True, True, True, False]
    own.status = Plan.Status.APPROVED
    own.save()
    assert done() == [True, True, True, True]


def test_a_hire_of_another_year_is_none_of_this_plan(manager):
    Staff.objects.create(role=JobRole.objects.get(), begins=date(2001, 6, 1))
    assert not steps(manager)[1].is_done


def test_the_page_asks_the_database_a_fixed_number_of_times(page):
    page("?step=all")
    with CaptureQueriesContext(connection) as queries:
        page("?step=all")
    assert len(queries) <= 16, [query["sql"][:90] for query in queries]


def test_the_guide_has_no_figure_that_is_not_assumed():
    assumed = Assumptions()
    figures = re.findall(r"\d+\.\d+|\d+ %", GUIDE.read_text())
    more = f"{100 * (assumed.more_reps - 1):.0f} %"
    assert set(figures) == {str(assumed.more_reps), more, "80 %"}
