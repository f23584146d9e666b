"""Somebody's part of a plan's month, and what is done of it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core import clock
from crm.services.customers import create_customer
from pipeline.services.opportunities import create_opportunity, move_opportunity
from planning.models import Plan, Requirement
from planning.my_month import my_month, plan_of
from planning.services.plans import create_plan
from planning.services.targets import set_target_parts
from planning.solving import plan_months


@pytest.fixture
def plan(pipeline, stages, ladder, company, company_day):
    """Of 12 Suspects, 6 Negotiations and 3 wins a month; the last year's entries are those of two
    people, the owner's twice as many as the teammate's."""
    clock.pin(company_day("2001-06-10", 9))
    for n, person in enumerate((company.owner, company.owner, company.teammate)):
        customer = create_customer(by=person, name=f"Old {n}", owner=person)
        deal = create_opportunity(
            pipeline=pipeline, by=person, name=f"Old {n}", customer=customer, owner=person
        )
        for name in ("Proposal", "Won"):
            clock.pin(clock.now() + timedelta(hours=1))
            move_opportunity(deal, to=stages[name], by=person)
    clock.pin(company_day("2002-01-10", 9))
    plan = create_plan(
        by=company.manager,
        name="Growth",
        year=2002,
        pipeline=pipeline,
        target=Decimal(60_000_000),
        currency="CNY",
    )
    solve(plan, ladder, stages)
    return plan


def solve(plan, ladder, stages):
    months = plan_months(2002)
    suspect = ladder.stages.get(name="Suspect")
    needed = [
        ({"lifecycle_stage": suspect}, suspect.part, "Suspect", 12.0),
        ({"pipeline_stage": stages["Proposal"]}, stages["Proposal"].part, "Proposal", 6.0),
    ]
    Requirement.objects.filter(plan=plan).delete()
    Requirement.objects.bulk_create(
        Requirement(
            plan=plan,
            month=month,
            position=position,
            name=name,
            part=part,
            entries=entries,
            from_pipeline=0,
            new=entries,
            low80=0,
            high80=entries,
            **stage,
        )
        for position, (stage, part, name, entries) in enumerate(needed)
        for month in months
    )
    plan.solution = {"months": [{"month": m.isoformat(), "wins": 3.0} for m in months]}
    plan.save(update_fields=["solution"])


def rings(user):
    found = my_month(user, at=clock.now())
    return {ring.name: (ring.done, ring.mine, ring.whole) for ring in found.rings}


def test_a_rep_has_the_part_that_the_last_years_entries_give(plan, company):
    assert rings(company.owner) == {"Suspect": (0, 8, 12), "Proposal": (0, 4, 6), "Won": (0, 2, 3)}
    assert rings(company.teammate)["Suspect"] == (0, 4, 12)
    assert rings(company.stranger)["Suspect"] == (0, 0, 12)


def test_a_managers_part_is_that_of_the_people_below(plan, company):
    assert rings(company.manager)["Suspect"] == (0, 12, 12)
    assert rings(company.admin)["Won"] == (0, 3, 3)


def test_what_was_done_this_month_is_taken_from_the_moves(plan, company, pipeline, stages):
    customer = create_customer(by=company.owner, name="New", owner=company.owner)
    deal = create_opportunity(
        pipeline=pipeline, by=company.owner, name="New", customer=customer, owner=company.owner
    )
    clock.pin(clock.now() + timedelta(days=1))
    move_opportunity(deal, to=stages["Proposal"], by=company.owner)
    assert rings(company.owner)["Suspect"] == (1, 8, 12)
    assert rings(company.owner)["Proposal"] == (1, 4, 6)
    assert rings(company.teammate)["Proposal"] == (0, 2, 6)
    clock.pin(clock.now() + timedelta(days=40))
    assert rings(company.owner)["Proposal"][0] == 0


def test_who_left_has_no_part_and_the_others_parts_still_add_up(plan, company):
    company.teammate.is_active = False
    company.teammate.save()
    assert rings(company.owner)["Suspect"] == (0, 12, 12)


def test_the_teams_parts_of_the_target_come_first(plan, company):
    parts = {str(company.sub_team.pk): 15_000_000, str(company.other_team.pk): 45_000_000}
    amounts = {team: Decimal(amount) for team, amount in parts.items()}
    set_target_parts(plan, by=company.admin, dimension="team", parts=amounts)
    assert my_month(company.owner, at=clock.now()).by_team
    # A quarter of 12, two thirds of it.
    assert rings(company.owner)["Suspect"] == (0, 2, 12)
    assert rings(company.teammate)["Suspect"] == (0, 1, 12)


def test_an_approved_plan_comes_before_a_newer_draft(plan, company, ladder, stages, pipeline):
    newer = create_plan(
        by=company.manager,
        name="Bolder",
        year=2002,
        pipeline=pipeline,
        target=Decimal(90_000_000),
        currency="CNY",
    )
    solve(newer, ladder, stages)
    today = clock.today()
    assert plan_of(company.owner, on=today) == newer
    Plan.objects.filter(pk=plan.pk).update(status=Plan.Status.APPROVED)
    assert plan_of(company.owner, on=today) == plan
    Plan.objects.filter(pk=plan.pk).update(team=company.other_team)
    assert plan_of(company.owner, on=today) == newer
    assert plan_of(company.stranger, on=today) == plan


def test_without_a_plan_there_is_nothing_to_say(company, ladder):
    assert my_month(company.owner, at=clock.now()) is None


def test_today_shows_the_rings_and_what_is_missing(plan, company, client):
    client.force_login(company.owner)
    page = client.get("/").content.decode()
    assert "My part of the plan in January" in page
    assert "8 more by 31 Jan" in page
    assert f"/plans/{plan.pk}/" not in page
    client.force_login(company.manager)
    assert f"/plans/{plan.pk}/" in client.get("/").content.decode()


def test_the_number_of_queries_does_not_grow_with_people(
    plan, company, django_assert_num_queries, django_assert_max_num_queries
):
    from accounts.models import User

    def manager():
        # As a request reads one: what is known of teams is kept on the object.
        return User.objects.get(pk=company.manager.pk)

    with django_assert_max_num_queries(18) as few:
        my_month(manager(), at=clock.now())
    for n in range(5):
        User.objects.create_user(f"p{n}@x.example", "pw", name=f"P{n}", team=company.sub_team)
    with django_assert_num_queries(len(few)):
        my_month(manager(), at=clock.now())
