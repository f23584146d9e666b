"""The founding case as its planner should have seen it before the year began."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from django.core.management import call_command
from django.db import transaction

from pipeline.models import Estimate
from planning.demo.base_year import PLAN_START, measured, strength_of, told
from planning.demo.company import BASE_REVENUE, BASE_YEAR, CURRENCY, REPS
from planning.demo.founding_case import (
    Assumptions,
    Hires,
    as_before,
    as_it_happened,
    as_it_would_have_worked,
    chance_of,
    hiring_needed,
    play,
)
from planning.demo.simulation import simulate
from planning.funnel_law import known_funnel

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


def demo_base_year(blocker):
    """From the demo company's own estimate; nothing of it stays behind."""
    with blocker.unblock(), transaction.atomic():
        call_command("seed_demo", verbosity=0)
        funnel = known_funnel(Estimate.objects.filter(segment="").latest("pk"), currency=CURRENCY)
        transaction.set_rollback(True)
    return measured(funnel, simulate(REPS))


@pytest.fixture(scope="module", params=["told", "measured"])
def base(request, django_db_setup, django_db_blocker):
    return told() if request.param == "told" else demo_base_year(django_db_blocker)


@pytest.fixture(scope="module")
def played(base):
    return as_it_happened(base)


def test_the_base_year_is_that_of_the_story(base):
    assert base.revenue == pytest.approx(BASE_REVENUE, rel=0.001)
    assert base.utilisation == pytest.approx(0.90, abs=0.025)
    assert base.reps == pytest.approx(10.8, abs=0.1)
    assert 2_000 < base.leads < 2_400


def test_as_many_leads_as_before_find_people(base):
    before = as_before(base)
    assert before.band.harsh.wasted_leads.sum() < 1
    assert before.profits[1] > 0


def test_four_times_the_revenue_is_not_reachable(played):
    assert not played.is_reachable
    assert played.chance < 0.01


def test_utilisation_passes_its_limit_in_the_first_month(played):
    for load in (played.band.kind, played.band.harsh):
        assert load.first_month_above(1.0) == (0,)
        assert load.first_month_above(0.85) == (0,)
        assert load.first_day_above(1.0)[0] < 31


def test_revenue_grows_by_less_than_the_people_who_were_hired(played):
    kind, harsh = played.multiples
    assert 1.8 <= kind <= 2.05
    assert harsh == pytest.approx(1.36, abs=0.05)
    assert played.unlimited_multiple > 3.3


def test_more_than_half_of_the_leads_are_wasted(played, base):
    for load in (played.band.kind, played.band.harsh):
        assert 0.4 < load.wasted_leads.sum() / played.leads.sum() < 0.7


def test_the_year_ends_with_a_loss(played):
    assert played.selling_cost_multiple == pytest.approx(2.64, abs=0.05)
    assert played.profits[1] < played.profits[0] < 0


def test_people_hired_five_months_early_serve_all_the_leads(base):
    better = as_it_would_have_worked(base)
    assert np.all(better.hires.day < -150)
    for multiple in better.multiples:
        assert multiple == pytest.approx(better.unlimited_multiple, rel=0.03)
    assert better.profits[1] > 0


def test_the_same_people_hired_in_january_come_too_late_for_spring(base):
    early = as_it_would_have_worked(base)
    late = play(base, early.leads, replace(early.hires, day=np.zeros(1)))
    assert late.multiples[1] < 0.97 * early.multiples[1]


def test_hiring_by_the_calendar_serves_the_leads_too(base):
    calendar = hiring_needed(base)
    assert calendar[0].latest < 12
    first = [(date(BASE_YEAR + due.latest // 12, due.latest % 12 + 1, 1)) for due in calendar]
    days = np.array([float((day - PLAN_START).days) for day in first])
    hires = Hires(days, np.array([float(due.hires) for due in calendar]))
    found = play(base, as_it_happened(base).leads, hires)
    assert found.multiples[1] == pytest.approx(found.unlimited_multiple, rel=0.03)


def test_beginners_do_half_and_take_a_colleagues_half():
    hires = Hires(np.array([10.0]), np.array([4.0]))
    strength = hires.strength(Assumptions(), 0, 120)
    assert strength[9] == strength[10] == strength[99] == 0
    assert strength[100] == 4
    alone = hires.strength(Assumptions(coaching=0.0), 0, 120)
    assert (alone[9], alone[10], alone[100]) == (0, 2, 4)
    assert hires.paid_days(120) == 4 * 110


def test_the_reps_of_the_roster_learn_on():
    strength = strength_of(REPS, PLAN_START, 365)
    # Deng Yu, of October, is still learning.
    assert strength[0] == 14.0
    assert strength[-1] == sum(rep.pace for rep in REPS)


def test_a_chance_rises_with_what_is_expected_and_falls_with_the_target():
    def chance(target, log_sd=0.3, amount_cv=0.9):
        return chance_of(target, wins=200, revenue=1e6, amount_cv=amount_cv, log_sd=log_sd)

    assert chance(1e6) == pytest.approx(0.45, abs=0.04)
    assert chance(5e5) > 0.95 > chance(1e6) > chance(2e6)
    assert chance(1.2e6, log_sd=0.0, amount_cv=0.0) < 0.01
    assert chance_of(1.0, wins=0, revenue=0, amount_cv=1, log_sd=1) == 0
