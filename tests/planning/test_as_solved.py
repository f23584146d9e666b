"""A solved plan keeps the people, channels and budgets it was solved with."""

import json
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from django.urls import reverse

from planning.as_solved import as_solved, kept_means
from planning.known_means import means_document, means_of
from planning.means_changes import means_changes
from planning.models import Staff
from planning.risk import saved_risk
from planning.selectors import plan_document
from planning.services.plans import approve_plan, preview_plan, solve_plan, update_plan
from tests.api.conftest import client_of
from tests.planning.test_solve_within import people


@pytest.fixture
def solved(plan, role, channel, company):
    """With twenty engineers, and a target that they can serve."""
    people(role, 20)
    update_plan(plan, by=company.manager, target=Decimal(40_000_000), confidence=50)
    plan.refresh_from_db()
    return plan


@pytest.fixture
def page(solved, as_user, company):
    client = as_user(company.manager)
    return lambda: client.get(reverse("planning:plan", args=[solved.pk])).content.decode()


def half_the_engineers():
    Staff.objects.update(headcount=1)


def test_means_are_the_same_after_they_were_kept_as_json(plan, role, channel):
    role.overtime_share, role.most_hires = 0.1, None
    role.save()
    people(role, 2)
    known = preview_plan(plan).usable.known
    kept = json.loads(json.dumps(means_document(known)))
    again = means_of(kept, stages=known.means.effort.per_entry.shape[1], months=12)
    assert (again.roles, again.channels) == (known.roles, known.channels)
    assert np.isinf(again.means.workforce.most_hires).any()
    for part in ("effort", "workforce", "tiers", "limits"):
        for name, value in vars(getattr(known.means, part)).items():
            np.testing.assert_equal(getattr(getattr(again.means, part), name), value)


def test_a_plan_told_again_after_people_have_left_is_what_was_saved(solved):
    before, risk = plan_document(solved), saved_risk(solved)
    half_the_engineers()
    told = as_solved(solved)
    for name, value in told.document().items():
        if name in ("expected", "p_target", "leads", "cost", "reachable"):
            assert value == pytest.approx(solved.solution[name], rel=1e-9), name
    assert saved_risk(solved) == risk
    after = plan_document(solved)
    changed = {"means_changed", "means_changes"}
    assert {k: v for k, v in after.items() if k not in changed} == {
        k: v for k, v in before.items() if k not in changed
    }
    assert preview_plan(solved).document()["reachable"] < before["reachable"]


def test_what_has_changed_is_named_until_the_plan_is_solved_again(solved, role, channel, company):
    assert means_changes(solved).any is False
    half_the_engineers()
    channel.tiers.update(leads_per_month=30)
    rows = means_changes(solved).rows
    assert rows == (
        "Engineer: other people, working time or pay",
        "Fair: other leads or prices",
    )
    assert plan_document(solved)["means_changed"] is True
    solve_plan(solved, by=company.manager)
    assert means_changes(solved).any is False


def test_the_page_says_that_means_have_changed_and_offers_to_solve_again(page, solved):
    assert "data-means-changed" not in page()
    half_the_engineers()
    assert "data-means-changed" in page()
    assert "Engineer: other people" in page()
    assert reverse("planning:solve_plan", args=[solved.pk]) in page()


def test_explanations_on_page_and_api_tell_the_saved_number(solved, as_user, company):
    half_the_engineers()
    hours = sum(row["hours_available"] for row in solved.solution["capacity"])
    client = client_of(company.manager, "read")
    path = f"/api/v1/plans/{solved.pk}/explain/"
    found = client.get(path, {"about": "expected"}).json()
    assert found["value"] == pytest.approx(solved.solution["expected"], rel=1e-9)
    found = client.get(path, {"about": "hours", "name": "Engineer"}).json()
    assert f"{round(hours):,}" in " ".join(found["text"])
    page = as_user(company.manager).get(
        reverse("planning:explain", args=[solved.pk]), {"cell": "leads"}
    )
    assert f"{round(solved.solution['leads']):,}" in page.content.decode()


def test_typing_the_saved_values_shows_the_saved_numbers(solved, typed, as_user, company):
    half_the_engineers()
    client = as_user(company.manager)
    same = typed | {"target": "40,000,000", "confidence": 50}
    preview = reverse("planning:preview_plan", args=[solved.pk])
    shown = client.post(preview, same).content.decode()
    assert "data-means-changed" in shown
    assert (
        "data-means-changed" not in client.post(preview, same | {"target": "41 M"}).content.decode()
    )


def test_an_approved_plan_keeps_what_it_was_approved_with(solved, company):
    approve_plan(solved, by=company.manager)
    there = preview_plan(solved).usable.known.means.workforce.available.sum()
    half_the_engineers()
    solved.refresh_from_db()
    assert solved.status == "approved"
    assert means_changes(solved).any is True
    assert kept_means(solved).means.workforce.available.sum() == pytest.approx(there)


def test_a_plan_of_before_says_that_it_does_not_know(solved):
    del solved.solution["means"]
    solved.save()
    assert means_changes(solved).any is None
    assert plan_document(solved)["means_changed"] is None


def test_a_plan_without_means_is_told_when_there_are_some(plan, role):
    assert means_changes(plan).any is True or means_changes(plan).rows == ()
    solve_plan(plan)
    Staff.objects.create(role=role, begins=date(2000, 1, 1))
    assert means_changes(plan).any is True


def test_changes_are_found_with_a_fixed_number_of_queries(solved, django_assert_max_num_queries):
    means_changes(solved)
    with django_assert_max_num_queries(11):
        means_changes(solved)
