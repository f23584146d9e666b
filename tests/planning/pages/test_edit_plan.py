"""What is typed into a plan: tried, saved, refused, and merged with what others saved."""

import re
from decimal import Decimal

import pytest

from planning.models import Plan
from planning.services.plans import update_plan
from tests.planning.pages.planning_page import HTMX, address, numbers, preview


def test_a_typed_target_is_answered_without_being_saved(as_user, company, plan, typed):
    client = as_user(company.manager)
    once = preview(client, plan, typed)
    twice = preview(client, plan, typed | {"target": "120 M"})
    assert numbers(twice, "total-1")[0] > 1.5 * numbers(once, "total-1")[0]
    assert "<html" not in twice
    assert "Not saved yet" in twice
    assert "Not saved yet" not in once
    plan.refresh_from_db()
    assert plan.target == 60_000_000


def test_saving_solves_and_answers_the_new_version(as_user, company, plan, typed):
    answer = as_user(company.manager).post(address(plan), typed | {"target": "90 M"}, headers=HTMX)
    plan.refresh_from_db()
    assert (plan.target, plan.version) == (90_000_000, 2)
    assert Decimal(plan.solution["target"]) == 90_000_000
    page = answer.content.decode()
    assert 'id="plan-version" value="2"' in page
    assert ">Saved<" in page


def test_a_stale_save_shows_what_others_saved_and_keeps_what_was_typed(
    as_user, company, plan, typed
):
    update_plan(Plan.objects.get(pk=plan.pk), by=company.admin, name="Theirs", target=Decimal(5))
    client = as_user(company.manager)
    answer = client.post(address(plan), typed | {"target": "90 M"}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert answer["HX-Reswap"] == "none"
    assert "changed name from “Growth” to “Theirs”" in page
    assert "from “¥60,000,000” to “¥5”" in page
    assert 'value="Theirs"' in page, "only they touched it"
    assert 'value="90 M"' in page, "both touched it"
    assert 'id="plan-version" value="2"' in page
    stored = Plan.objects.get(pk=plan.pk)
    assert (stored.name, stored.target) == ("Theirs", 5)
    again = typed | {"name": "Theirs", "target": "90 M", "version": 2}
    done = client.post(address(plan), again, headers=HTMX).content.decode()
    assert Plan.objects.get(pk=plan.pk).target == 90_000_000
    assert '<div id="plan-others" hx-swap-oob="true"></div>' in done


def test_sliders_that_only_others_moved_are_taken_over(as_user, company, plan, typed):
    theirs = [1.0] * 6 + [4.0] * 6
    update_plan(Plan.objects.get(pk=plan.pk), by=company.admin, shape=theirs)
    client = as_user(company.manager)
    untouched, moved = ["50"] * 12, ["10"] * 11 + ["90"]
    page = client.post(address(plan), typed | {"shape": untouched}, headers=HTMX).content.decode()
    assert sliders(page) == ["25"] * 6 + ["100"] * 6
    assert "It is taken over below" in page
    page = client.post(address(plan), typed | {"shape": moved}, headers=HTMX).content.decode()
    assert sliders(page) == moved
    assert "saving now puts yours in its place" in page


def sliders(page):
    return re.findall(r'name="shape" min="0" max="100" value="(\d+)"', page)


WRONG = [
    ({"target": "abc"}, "target"),
    ({"target": ""}, "target"),
    ({"target": "-5"}, "target"),
    ({"target": "9" * 50}, "target"),
    ({"target": "9" * 17}, "target"),
    ({"target": "5 x"}, "target"),
    ({"year": "1"}, "year"),
    ({"year": "2099"}, "year"),
    ({"year": "x"}, "year"),
    ({"confidence": "70"}, "confidence"),
    ({"shape": ["0"] * 12}, "shape"),
    ({"shape": ["1"] * 11}, "shape"),
    ({"shape": ["nan"] * 12}, "shape"),
    ({"shape": ["-1"] * 12}, "shape"),
    ({"name": ""}, "name"),
    ({"name": "a\x00"}, "name"),
]


@pytest.mark.parametrize("target", ["-5", "1e99", "", "abc"])
def test_a_refused_target_says_which_forms_are_understood(as_user, company, plan, typed, target):
    page = preview(as_user(company.manager), plan, typed | {"target": target})
    beside = page.split('id="error-target"')[1].split("</div>")[0]
    assert "70.4 M" in beside
    assert "7040万" in beside


@pytest.mark.parametrize("act", ["", "preview/"])
def test_what_cannot_be_is_refused_beside_its_field(as_user, company, plan, typed, act):
    client = as_user(company.manager)
    for wrong, field in WRONG:
        answer = client.post(address(plan, act), typed | wrong, headers=HTMX)
        beside = answer.content.decode().split(f'id="error-{field}"')[1].split("</div>")[0]
        assert "<div>" in beside, wrong
        assert answer["HX-Reswap"] == "none", wrong
    plan.refresh_from_db()
    assert plan.version == 1


def test_after_a_refused_input_the_answer_is_marked_as_an_older_one(as_user, company, plan, typed):
    client = as_user(company.manager)
    assert "is-refused" in preview(client, plan, typed | {"target": "abc"})
    assert "is-refused" not in preview(client, plan, typed)
    assert "answer to the last valid target" in client.get(address(plan)).content.decode()


def test_an_absurd_target_is_out_of_reach_by_a_readable_multiple(as_user, company, plan, typed):
    page = preview(as_user(company.manager), plan, typed | {"target": "9" * 12})
    assert "verdict-unreachable" in page
    assert re.search(r"Out of reach: it would take [\d,]+,\d{3} times as many new leads", page)


def test_the_shape_moves_leads_between_months(as_user, company, plan, typed):
    client = as_user(company.manager)
    late = preview(client, plan, typed | {"shape": ["0"] * 6 + ["50"] * 6})
    assert numbers(late, "s0-0")[0] < numbers(late, "s0-8")[0]


def test_a_currency_without_a_rate_is_a_message(as_user, company, plan, typed):
    Plan.objects.filter(pk=plan.pk).update(currency="USD")
    page = preview(as_user(company.manager), plan, typed | {"target": "1 M"})
    assert "No exchange rate" in page
    answer = as_user(company.manager).post(address(plan), typed | {"target": "1 M"}, headers=HTMX)
    assert answer.status_code == 422
