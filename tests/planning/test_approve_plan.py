"""Approving a plan, and what takes the approval back."""

from decimal import Decimal

import pytest

from core.models import AuditEntry
from core.services.versions import StaleVersion
from planning.models import Plan
from planning.services.plans import (
    NoEstimate,
    approve_plan,
    create_plan,
    solve_plan,
    take_approval_back,
    update_plan,
)

APPROVED, DRAFT = Plan.Status.APPROVED, Plan.Status.DRAFT


@pytest.fixture
def approved(plan, company):
    return approve_plan(plan, by=company.manager)


def test_an_approval_is_kept_and_says_by_whom(approved, company):
    approved.refresh_from_db()
    assert (approved.status, approved.version) == (APPROVED, 2)
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.actor) == ("approve", company.manager)
    assert entry.changes == {"status": ["draft", "approved"]}


def test_approving_again_changes_nothing(approved, company):
    approve_plan(approved, by=company.admin)
    assert approved.version == 2
    assert AuditEntry.objects.filter(action="approve").count() == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": "Other"}, APPROVED),
        ({"target": Decimal(60_000_000)}, APPROVED),
        ({"target": Decimal(70_000_000)}, DRAFT),
        ({"confidence": 90, "status": "approved"}, DRAFT),
    ],
)
def test_a_changed_input_takes_the_approval_back(approved, company, fields, status):
    update_plan(approved, by=company.manager, **fields)
    approved.refresh_from_db()
    assert approved.status == status


def test_a_new_solve_takes_the_approval_back(approved, company):
    solve_plan(approved, by=company.manager)
    assert (approved.status, approved.version) == (DRAFT, 3)
    approved.refresh_from_db()
    assert (approved.status, approved.version) == (DRAFT, 3)
    assert AuditEntry.objects.first().changes == {"status": ["approved", "draft"]}


def test_what_was_never_solved_cannot_be_approved(pipeline, company):
    fields = {"name": "P", "year": 2002, "pipeline": pipeline, "target": 1, "currency": "CNY"}
    plan = create_plan(by=company.manager, **fields)
    with pytest.raises(NoEstimate):
        approve_plan(plan, by=company.manager)
    with pytest.raises(NoEstimate):
        update_plan(plan, by=company.manager, status=APPROVED)


def test_a_plan_that_changed_meanwhile_is_not_approved(plan, company):
    seen = Plan.objects.get(pk=plan.pk)
    update_plan(plan, by=company.admin, target=Decimal(5))
    with pytest.raises(StaleVersion):
        approve_plan(seen, by=company.manager)


def test_an_approval_is_taken_back_and_nothing_else_changes(approved, company):
    solution = approved.solution
    take_approval_back(approved, by=company.admin)
    approved.refresh_from_db()
    assert (approved.status, approved.version, approved.solution) == (DRAFT, 3, solution)
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.actor) == ("take_approval_back", company.admin)
    assert entry.changes == {"status": ["approved", "draft"]}
    take_approval_back(approved, by=company.admin)
    assert (approved.version, AuditEntry.objects.first()) == (3, entry)


def test_an_approval_of_what_changed_meanwhile_is_not_taken_back(approved, company):
    seen = Plan.objects.get(pk=approved.pk)
    update_plan(approved, by=company.admin, name="Other")
    with pytest.raises(StaleVersion):
        take_approval_back(seen, by=company.manager)
    assert Plan.objects.get(pk=approved.pk).status == APPROVED


def test_the_page_takes_an_approval_back_and_undoes_that(as_user, approved, company):
    client, address = as_user(company.manager), f"/plans/{approved.pk}/"
    assert "Take approval back" in client.get(address).content.decode()
    answer = client.post(
        f"{address}take-approval-back/", {"version": approved.version}, follow=True
    )
    page = answer.content.decode()
    assert "The approval was taken back" in page
    assert "data-approve" in page
    assert Plan.objects.get(pk=approved.pk).status == DRAFT
    client.post(f"{address}approve/")
    assert Plan.objects.get(pk=approved.pk).status == APPROVED


def test_the_page_refuses_what_was_seen_before_a_change(as_user, approved, company):
    update_plan(approved, by=company.admin, name="Other")
    address = f"/plans/{approved.pk}/take-approval-back/"
    as_user(company.manager).post(address, {"version": approved.version - 1})
    assert Plan.objects.get(pk=approved.pk).status == APPROVED


def test_only_those_who_plan_take_an_approval_back(as_user, approved, company):
    address = f"/plans/{approved.pk}/take-approval-back/"
    assert as_user(company.owner).post(address).status_code == 404
    assert Plan.objects.get(pk=approved.pk).status == APPROVED
