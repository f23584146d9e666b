"""Sliders, what it would take, and scenarios, as pages and fragments give them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from planning.forms.what_if import WhatIfForm
from planning.funnel_law import known_funnel
from planning.levers import levers_of
from planning.models import Plan
from planning.services.assumptions import set_assumption
from planning.services.plans import update_plan
from planning.standing import standing_of
from planning.views.assumptions import plan_levers
from planning.what_if import rows_to_try
from planning.what_it_takes import LEVERS, TakeRow, answers, asked
from tests.planning.pages.planning_page import HTMX, address

WHY = "New price list"


def post(client, plan, act, values):
    return client.post(address(plan, act), values, headers=HTMX)


def tried(page, what):
    return re.search(rf'data-tried="{what}">([^<]*)<', page)[1]


def whole(text):
    return int(text.replace(",", ""))


def test_others_than_planners_find_nothing(as_user, company, plan):
    plan.team = company.other_team
    plan.save()
    acts = [("what-if/", {}), ("what-if/keep/", {}), ("scenarios/new/", {})]
    for who in ("owner", "stranger", "manager"):
        client = as_user(getattr(company, who))
        for act, values in [*acts, ("assumptions/drop/", {}), ("scenarios/delete/", {})]:
            assert post(client, plan, act, values).status_code == 404, (who, act)
        for act in ("takes/", "scenarios/"):
            assert client.get(address(plan, act)).status_code == 404, (who, act)


def test_a_moved_slider_is_answered_beside_the_saved_plan_and_not_saved(as_user, company, plan):
    client = as_user(company.manager)
    page = post(client, plan, "what-if/", {"amount": "150"}).content.decode()
    saved = round(plan.solution["leads"])
    assert whole(tried(page, "leads")) < saved / 1.3
    assert "New leads needed" in page
    assert f"{saved:,}" in page
    assert int(tried(page, "chance-as-planned").rstrip("%\u202f")) > 90
    assert Plan.objects.get(pk=plan.pk).solution == plan.solution


def test_sliders_that_were_not_moved_change_nothing(as_user, company, plan):
    positions = {lever.key: f"{100 * lever.value:.1f}" for lever in plan_levers(plan)}
    page = post(as_user(company.manager), plan, "what-if/", positions).content.decode()
    assert whole(tried(page, "leads")) == round(plan.solution["leads"])
    assert "what-if-changes" not in page


def test_what_is_kept_plans_what_was_tried(as_user, company, plan, stages):
    client = as_user(company.manager)
    key = f"promotion-opportunity-{stages['Proposal'].pk}"
    values = {key: "70", "pace": "80", "reason": WHY, "version": plan.version}
    page = post(client, plan, "what-if/", values).content.decode()
    answer = post(client, plan, "what-if/keep/", values)
    assert answer["HX-Redirect"] == address(plan)
    stored = Plan.objects.get(pk=plan.pk)
    assert round(stored.solution["leads"]) == whole(tried(page, "leads"))
    page = client.get(address(plan)).content.decode()
    assert "2 things are assumed otherwise than history" in page
    assert page.count(WHY) == 2
    assert "70.0\u202f% assumed" in page


def test_one_win_rate_moves_every_stage(as_user, company, plan):
    client = as_user(company.manager)
    values = {"win": "110", "reason": WHY, "version": plan.version}
    post(client, plan, "what-if/keep/", values)
    assert plan.assumptions.filter(kind="promotion").count() == 3


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"amount": "120"}, "Say why"),
        ({"reason": WHY}, "No slider has been moved"),
        ({"amount": "9000", "reason": WHY}, ""),
        ({"amount": "much", "reason": WHY}, ""),
    ],
)
def test_nothing_is_kept_without_a_reason_or_a_change(as_user, company, plan, values, sentence):
    answer = post(
        as_user(company.manager), plan, "what-if/keep/", values | {"version": plan.version}
    )
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not plan.assumptions.exists()


def test_a_stale_keep_is_refused(as_user, company, plan):
    seen = plan.version
    update_plan(plan, by=company.admin, target=50_000_000)
    values = {"amount": "120", "reason": WHY, "version": seen}
    answer = post(as_user(company.manager), plan, "what-if/keep/", values)
    assert answer.status_code == 422
    assert "Somebody else changed" in answer.content.decode()
    assert not plan.assumptions.exists()


def test_an_assumption_is_taken_back_from_its_row(as_user, company, plan):
    before = plan.solution
    set_assumption(plan, by=company.manager, kind="amount", value=1.2, reason=WHY)
    client = as_user(company.manager)
    drop = {"what": "amount", "version": plan.version}
    client.post(address(plan, "assumptions/drop/"), drop)
    assert Plan.objects.get(pk=plan.pk).solution == before
    assert "assumed-badge" not in client.get(address(plan)).content.decode()
    assert client.post(address(plan, "assumptions/drop/"), drop).status_code == 404


def test_a_slider_put_back_to_history_takes_its_assumption_back(as_user, company, plan):
    set_assumption(plan, by=company.manager, kind="amount", value=1.2, reason=WHY)
    values = {"amount": "100", "reason": "No longer", "version": plan.version}
    post(as_user(company.manager), plan, "what-if/keep/", values)
    assert not plan.assumptions.exists()


def test_what_it_takes_is_enough_when_it_is_tried(as_user, company, plan):
    update_plan(plan, by=company.manager, target=45_000_000)
    rows = {row.slider: row for row in answers(asked(plan, plan.estimate)) if row.slider}
    assert {"amount", "win"} <= set(rows)
    for key, row in rows.items():
        form = WhatIfForm({key: str(row.position)}, levers=plan_levers(plan))
        assert form.is_valid(), form.errors
        trial = rows_to_try(plan, form.tried())
        standing = standing_of(plan, plan.estimate, assumptions=trial)
        assert standing.chance(standing.worth) >= 0.8 - 1e-6, row


def test_every_lever_answers_in_a_row(as_user, company, plan):
    page = as_user(company.manager).get(address(plan, "takes/")).content.decode()
    assert page.count("<li") == 3 + 5
    assert "data-try=" in page
    assert "a month" in page


def test_leads_of_late_that_are_enough_say_so(as_user, company, plan):
    update_plan(plan, by=company.manager, target=1000)
    page = as_user(company.manager).get(address(plan, "takes/")).content.decode()
    assert "the new leads of the last year are enough" in page


def test_further_levers_can_be_listed(plan, monkeypatch):
    more = TakeRow("Budget", "¥2 M instead of ¥1 M", "enough")
    monkeypatch.setattr("planning.what_it_takes.LEVERS", [*LEVERS, lambda question: [more]])
    assert answers(asked(plan, plan.estimate))[-1] == more


def test_a_scenario_is_saved_from_the_sliders_and_compared(as_user, company, plan):
    client = as_user(company.manager)
    values = {"amount": "150", "reason": WHY, "name": "Dearer"}
    answer = post(client, plan, "scenarios/new/", values)
    made = Plan.objects.get(scenario_of=plan)
    assert answer["HX-Redirect"] == f"/plans/{plan.pk}/scenarios/?with={plan.pk}&with={made.pk}"
    assert not plan.assumptions.exists()
    page = client.get(answer["HX-Redirect"]).content.decode()
    for text in ("Dearer", "1.50 times", "as in history", "What came out"):
        assert text in page
    listed = client.get("/plans/").content.decode()
    assert listed.index(">Growth<") < listed.index("plan-scenario") < listed.index(">Dearer<")


def test_a_scenario_with_moved_sliders_needs_a_reason_and_any_needs_a_name(as_user, company, plan):
    client = as_user(company.manager)
    for values in ({"amount": "150", "name": "X"}, {"name": ""}, {"name": plan.name}):
        assert post(client, plan, "scenarios/new/", values).status_code == 422
    assert post(client, plan, "scenarios/new/", {"name": "Same"}).status_code == 204


def test_a_scenario_is_deleted_and_its_plan_is_not(as_user, company, plan):
    client = as_user(company.manager)
    post(client, plan, "scenarios/new/", {"name": "Same"})
    made = Plan.objects.get(scenario_of=plan)
    assert client.post(address(plan, "scenarios/delete/")).status_code == 404
    client.post(address(made, "scenarios/delete/"), {"version": made.version + 1})
    assert Plan.objects.filter(pk=made.pk).exists()
    client.post(address(made, "scenarios/delete/"), {"version": made.version})
    assert list(Plan.objects.all()) == [plan]


def test_plans_that_are_no_family_are_not_compared(as_user, company, plan):
    plan2 = Plan.objects.create(
        name="Alone", year=2002, pipeline=plan.pipeline, target=1, currency="CNY"
    )
    client = as_user(company.manager)
    for query in (f"?with={plan2.pk}", "?with=x", f"?with={plan.pk}&with={plan2.pk}"):
        assert client.get(address(plan, f"scenarios/{query}")).status_code == 404


def test_a_comparison_asks_the_same_number_of_queries_for_two_and_four(as_user, company, plan):
    client = as_user(company.manager)
    for name in ("A", "B", "C"):
        post(client, plan, "scenarios/new/", {"name": name, "amount": "120", "reason": WHY})
    first, second, *_others = ids = sorted(Plan.objects.values_list("pk", flat=True))
    client.get(address(plan, "scenarios/"))
    counts = []
    for chosen in ([first, second], ids):
        query = "&".join(f"with={each}" for each in chosen)
        with CaptureQueriesContext(connection) as queries:
            client.get(address(plan, f"scenarios/?{query}"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_levers_of_a_scenario_start_from_what_it_assumes(plan, company, estimate):
    set_assumption(plan, by=company.manager, kind="amount", value=1.2, reason=WHY)
    funnel = known_funnel(estimate, currency="CNY")
    levers = levers_of(funnel, estimate, plan.assumptions.all(), currency="CNY")
    amount = next(lever for lever in levers if lever.kind == "amount")
    assert (amount.value, amount.neutral) == (1.2, 1.0)
    assert amount.value_text != amount.history_text
