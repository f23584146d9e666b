"""Hires that a plan means to make, typed by hand on its page."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Team
from planning.hires import planned_hires, ramp_text
from planning.models import Plan, Staff
from planning.services.hires import add_hire
from planning.services.plans import approve_plan, update_plan

HTMX = {"HX-Request": "true"}


@pytest.fixture
def staffed(plan, role):
    Staff.objects.create(role=role, begins=date(2000, 1, 1), headcount=3)
    return plan


def typed(of_role, **fields):
    return {"role": of_role.pk, "headcount": 2, "begins": "2002-03-01", "share": "80"} | fields


def address(plan, act="new/"):
    return f"/plans/{plan.pk}/hires/{act}"


def hire_of(plan):
    return plan.planned_hires.get()


def test_a_hire_is_typed_counted_at_once_and_undone(as_user, company, staffed, role):
    client = as_user(company.manager)
    client.post(f"/plans/{staffed.pk}/solve/")
    before = Plan.objects.get(pk=staffed.pk)
    answer = client.post(address(staffed), typed(role), headers=HTMX)
    assert answer["HX-Redirect"] == f"/plans/{staffed.pk}/"
    hire = hire_of(staffed)
    assert (hire.headcount, hire.begins, hire.share) == (2, date(2002, 3, 1), 0.8)
    after = Plan.objects.get(pk=staffed.pk)
    hours = [
        sum(row["hours_available"] for row in found.solution["capacity"])
        for found in (before, after)
    ]
    assert hours[1] > hours[0]
    client.post(address(staffed, "undo/"))
    assert not staffed.planned_hires.exists()
    page = client.post(address(staffed, "undo/"), follow=True).content.decode()
    assert "nothing left to undo" in page


def test_the_page_shows_what_each_costs_and_when_it_works_in_full(as_user, company, staffed, role):
    role.ramp = [0.5, 0.75]
    role.save()
    add_hire(staffed, by=company.manager, role=role, headcount=2, begins=date(2002, 7, 1))
    page = as_user(company.manager).get(f"/plans/{staffed.pk}/").content.decode()
    assert "all of them from Sep 2002 on" in page
    (found,) = planned_hires(staffed)
    # Two, each 5,000 to hire and half a year of 8,000 a month.
    assert found.cost == pytest.approx(2 * (5000 + 8000 * 12 * 184 / 365))
    assert "106\u202fk in 2002" in page or "¥107" in page


def test_who_begins_before_the_year_costs_the_whole_of_it(company, staffed, role):
    add_hire(staffed, by=company.manager, role=role, begins=date(2001, 10, 1))
    (found,) = planned_hires(staffed)
    assert found.cost == pytest.approx(5000 + 8000 * 12)
    assert ramp_text(role, date(2002, 1, 1)) == "full hours from the first day"


def test_a_hire_is_changed_and_that_is_undone(as_user, company, staffed, role):
    client = as_user(company.manager)
    hire = add_hire(staffed, by=company.manager, role=role, begins=date(2002, 3, 1))
    page = client.get(address(staffed, f"{hire.pk}/")).content.decode()
    assert '<option value="2002-03-01" selected>' in page
    body = typed(role, headcount=5, share="100", version=hire.version)
    client.post(address(staffed, f"{hire.pk}/"), body)
    assert hire_of(staffed).headcount == 5
    client.post(address(staffed, "undo/"))
    assert (hire_of(staffed).headcount, hire_of(staffed).pk) == (1, hire.pk)


def test_a_hire_taken_back_comes_again_whole(as_user, company, staffed, role):
    client = as_user(company.manager)
    hire = add_hire(
        staffed, by=company.manager, role=role, name="Li", begins=date(2002, 3, 9), share=0.4
    )
    client.post(address(staffed, f"{hire.pk}/drop/"))
    assert not staffed.planned_hires.exists()
    client.post(address(staffed, "undo/"))
    again = hire_of(staffed)
    assert (again.name, again.begins, again.share) == ("Li", date(2002, 3, 9), 0.4)


def test_hires_taken_over_from_the_solve_can_be_undone_together(as_user, company, staffed, channel):
    client = as_user(company.manager)
    update_plan(staffed, by=company.manager, target=Decimal(100_000_000))
    client.post(address(staffed, ""))
    assert staffed.planned_hires.count() > 1
    client.post(address(staffed, "undo/"))
    assert not staffed.planned_hires.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"headcount": "0"}, "headcount"),
        ({"headcount": "1001"}, "headcount"),
        ({"headcount": "two"}, "headcount"),
        ({"begins": "2005-01-01"}, "begins"),
        ({"begins": ""}, "begins"),
        ({"share": "0"}, "share"),
        ({"share": "300"}, "share"),
        ({"role": "0"}, "role"),
    ],
)
def test_bad_input_has_its_error_beside_its_field(as_user, company, staffed, role, wrong, field):
    answer = as_user(company.manager).post(address(staffed), typed(role, **wrong), headers=HTMX)
    assert list(answer.context["form"].errors) == [field]
    assert "invalid-feedback" in answer.content.decode()
    assert not staffed.planned_hires.exists()


def test_two_people_at_one_hire_and_at_one_undo(as_user, company, staffed, role):
    client = as_user(company.manager)
    hire = add_hire(staffed, by=company.manager, role=role, begins=date(2002, 3, 1))
    client.post(address(staffed, f"{hire.pk}/"), typed(role, version=hire.version))
    late = client.post(address(staffed, f"{hire.pk}/"), typed(role, headcount=9, version=1))
    assert "Somebody else changed this meanwhile" in late.content.decode()
    update_plan(Plan.objects.get(pk=staffed.pk), by=company.admin, name="Theirs")
    page = client.post(address(staffed, "undo/"), follow=True).content.decode()
    assert "Somebody else changed this meanwhile" in page
    assert hire_of(staffed).headcount == 2


def test_another_hire_makes_an_approved_plan_a_draft_again(as_user, company, staffed, role):
    approve_plan(staffed, by=company.manager)
    client = as_user(company.manager)
    client.post(address(staffed), typed(role))
    assert Plan.objects.get(pk=staffed.pk).status == "draft"
    client.post(address(staffed, "undo/"))
    assert not staffed.planned_hires.exists()


def test_hires_are_of_one_plan_and_its_planners(as_user, company, staffed, role):
    hire = add_hire(staffed, by=company.manager, role=role, begins=date(2002, 3, 1))
    for act in ("new/", f"{hire.pk}/", f"{hire.pk}/drop/", "undo/"):
        assert as_user(company.owner).post(address(staffed, act)).status_code == 404
    Plan.objects.filter(pk=staffed.pk).update(team=Team.objects.create(name="Elsewhere"))
    assert as_user(company.manager).post(address(staffed), typed(role)).status_code == 404


def test_the_plan_page_takes_as_many_queries_for_many_hires(as_user, company, staffed, role):
    client = as_user(company.manager)
    add_hire(staffed, by=company.manager, role=role, begins=date(2002, 1, 1))
    client.get(f"/plans/{staffed.pk}/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/plans/{staffed.pk}/")
    for month in range(2, 8):
        Staff.objects.create(plan=staffed, role=role, begins=date(2002, month, 1))
    with CaptureQueriesContext(connection) as many:
        client.get(f"/plans/{staffed.pk}/")
    assert len(many) <= len(few)
