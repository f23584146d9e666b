import time
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.engine import OpenStays, PlanWindow, simulate
from planning.engine.occupancy import occupancy
from planning.engine.overload import overload, overload_band
from planning.engine.work import LeadStream, Patience, Work
from tests.planning.engine.funnels import funnel, open_stays, with_value_law

FIRST = date(2002, 1, 1)
YEAR = PlanWindow.of_year(FIRST, FIRST)
WINDOWS = [
    YEAR,
    PlanWindow.of_year(FIRST, date(2002, 5, 18)),
    PlanWindow.of_year(FIRST, date(2001, 10, 1)),
    PlanWindow.of_year(FIRST, date(2001, 10, 1), lead=True),
]
PATIENCE = Patience(sla=5, half_life=20)
ORDERS = ("fresh_first", "first_in_first_out")


def stream(law=None, *, leads=100.0, window=YEAR, stays=None):
    law = law or funnel()
    stays = open_stays(law) if stays is None else stays
    return LeadStream(law, stays, np.full(window.months, float(leads)))


def one_role(hours, *, stages=4, window=YEAR, each=2.0):
    return Work(np.full((1, stages), each), np.full((1, window.months), float(hours)))


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("order", ORDERS)
def test_with_hours_for_all_the_course_is_that_of_the_law(window, order):
    law = with_value_law(funnel(direct_per_month=np.full(4, 2.0)))
    given_leads, before = np.linspace(50, 150, window.months), np.full(4, 3.0)
    expected = simulate(law, open_stays(law), window, given_leads, before)
    leads = LeadStream(law, open_stays(law), given_leads, before)
    found = overload([leads], window, one_role(1e7, window=window), PATIENCE, order)
    np.testing.assert_allclose(found.entries, expected.entries, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.wins, expected.wins, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.revenue, expected.revenue, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.served, found.entries)
    assert found.waiting.max() == found.wasted_leads.max() == found.mean_wait.max() == 0
    assert found.first_month_above(0.85) == (None,)


def one_by_one(law, leads, hours, decay, *, fresh_first, effort=2.0):
    """Wins of a year without open stays, every day's cohort a list entry of its own."""
    days, stages = YEAR.horizon, len(law.stages)
    lags = np.zeros((law.edges.size - 1, days + 1))
    for day in range(days):
        covered = np.minimum(law.edges[1:], day + 1) - np.maximum(law.edges[:-1], day)
        part = np.clip(covered, 0, None) / np.diff(law.edges) / 2
        lags[:, day] += part
        lags[:, day + 1] += part
    moves, won = law.offspring @ lags, law.wins @ lags
    coming, wins = np.zeros((days + 1, stages)), np.zeros(days + 1)
    for start, end in zip(YEAR.edges[:-1].astype(int), YEAR.edges[1:].astype(int), strict=True):
        coming[start:end, 0] = leads / (end - start)
    waiting = [[] for _ in range(stages)]
    for day in range(days):
        left = hours[day]
        for stage, number in enumerate(coming[day]):
            waiting[stage].append((day, number))
        while True:
            follow = np.zeros(stages)
            for stage in reversed(range(stages)):
                queue = waiting[stage]
                queue.sort(key=lambda cohort: cohort[0], reverse=not fresh_first)
                while queue and left > 1e-12:
                    entered, number = queue.pop()
                    served = min(number, left / effort)
                    left -= served * effort
                    if served < number:
                        queue.append((entered, number - served))
                    worth = served * decay[stage, day - entered]
                    wins[day:] += worth * won[stage, : days + 1 - day]
                    coming[day + 1 :] += worth * moves[stage, :, 1 : days + 1 - day].T
                    follow += worth * moves[stage, :, 0]
            if follow.sum() < 1e-12:
                break
            for stage, number in enumerate(follow):
                waiting[stage].append((day, number))
    return wins[:days].sum(), sum(number for queue in waiting for _, number in queue)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("hours", [150.0, 300.0])
def test_an_overload_is_what_serving_one_cohort_after_another_brings(order, hours):
    law = funnel(stages=3)
    patience = Patience(sla=np.array([3.0, 6.0, 10.0]), half_life=np.array([15.0, 25.0, 40.0]))
    given_work = one_role(hours, stages=3)
    found = overload([stream(law, stays=OpenStays.none())], YEAR, given_work, patience, order)
    wins, waiting = one_by_one(
        law,
        100.0,
        given_work.by_day(YEAR)[0],
        patience.decay(3, 366),
        fresh_first=order == "fresh_first",
    )
    assert found.waiting[:, -1].sum() > 1
    assert found.wins.sum() == pytest.approx(wins, rel=1e-9)
    assert found.waiting[:, -1].sum() == pytest.approx(waiting, rel=1e-9)


@given(
    hours=st.floats(0, 600),
    more=st.floats(1, 3),
    leads=st.floats(0, 300),
    sla=st.floats(0, 30),
    half_life=st.floats(1, 90),
    order=st.sampled_from(ORDERS),
)
@settings(max_examples=15, deadline=None, derandomize=True)
def test_nobody_is_lost_from_the_books_and_more_hours_never_bring_less(
    hours, more, leads, sla, half_life, order
):
    patience, leads = Patience(sla, half_life), [stream(leads=leads)]
    few, many = (overload(leads, YEAR, one_role(h), patience, order) for h in (hours, hours * more))
    for found in (few, many):
        entered, served = (np.cumsum(part, axis=1) for part in (found.entries, found.served))
        np.testing.assert_allclose(entered, served + found.waiting, rtol=1e-9, atol=1e-7)
        assert np.all(found.spent <= found.available * (1 + 1e-9) + 1e-9)
        assert np.all(found.wasted >= 0)
    assert many.served.sum() >= few.served.sum() * (1 - 1e-9)
    assert many.wins.sum() >= few.wins.sum() * (1 - 1e-9)


def test_fresh_first_is_the_kind_end_of_the_band():
    band = overload_band([stream()], YEAR, one_role(250.0), PATIENCE)
    assert band.kind.order == "fresh_first"
    assert band.kind.wins.sum() > 1.1 * band.harsh.wins.sum()
    assert band.kind.mean_wait[0].max() < band.harsh.mean_wait[0].max()
    assert band.kind.waiting[0, -1] > band.harsh.waiting[0, -1]


def test_late_stages_are_served_before_early_ones():
    found = overload([stream()], YEAR, one_role(150.0), PATIENCE)
    assert found.served_share[0, 6:].max() < 0.8
    assert found.served_share[3].min() > 0.99


def test_a_stage_of_two_roles_waits_for_the_busier_one():
    per_entry = np.array([[2.0, 2.0, 2.0, 2.0], [0.0, 0.0, 4.0, 0.0]])
    hours = np.array([[1e6] * 12, [40.0] * 12])
    found = overload([stream()], YEAR, Work(per_entry, hours), PATIENCE)
    assert found.served[2, 6] == pytest.approx(10.0)
    assert found.served_share[:2].min() == pytest.approx(1)
    assert found.first_month_above(1.0) == (None, 0)
    alone = overload([stream()], YEAR, Work(per_entry[1:], hours[1:]), PATIENCE)
    np.testing.assert_allclose(alone.wins, found.wins)


def test_waiting_within_the_promised_time_costs_nothing():
    found = overload([stream()], YEAR, one_role(250.0), Patience(sla=366, half_life=1))
    assert found.mean_wait.max() > 0
    assert found.wasted_leads.sum() == 0


def test_wasted_leads_would_have_brought_what_the_wait_has_cost():
    # One stage from which wins come at once: what is lost is the difference to the law's wins.
    law = funnel(stages=1, mean_dwell=0.5)
    leads = [stream(law, stays=OpenStays.none(), leads=100)]
    found = overload(leads, YEAR, one_role(120.0, stages=1), PATIENCE, "first_in_first_out")
    worth = law.success[0] * (found.served.sum() - found.wasted.sum())
    waiting_lost = found.waiting[0, -1] - worth_of_waiting(found)
    assert found.wins.sum() == pytest.approx(worth + law.success[0] * waiting_lost, rel=0.01)
    assert found.wasted_leads.sum() == pytest.approx(found.wasted.sum())


def worth_of_waiting(found):
    """In first-in-first-out those who wait are the last to have come."""
    decay = PATIENCE.decay(1, YEAR.horizon)[0]
    entered, left = found.daily.entered[::-1, 0], found.waiting[0, -1]
    waiting = np.clip(left - (np.cumsum(entered) - entered), 0, entered)
    return float(waiting @ decay)


@pytest.mark.parametrize("window", WINDOWS)
def test_care_takes_the_hours_of_those_who_are_in_a_stage(window):
    law, per_month = funnel(), np.array([[3.0, 2.0, 1.0, 4.0]])
    leads, work = stream(law, window=window), one_role(1e6, window=window)
    caring = overload([leads], window, replace(work, per_month=per_month), PATIENCE)
    free = overload([leads], window, work, PATIENCE)
    there = occupancy(law, leads.stays, window)
    still_to_come = leads.leads * (window.edges[1:] > 0)
    numbers = np.einsum("m,mts->ts", still_to_come, there.per_lead) + there.fixed
    ahead = window.edges[:-1] >= 0
    care = (caring.needed - free.needed)[0]
    # The first day's share of a stay is worked off on its second.
    np.testing.assert_allclose(care[ahead], (numbers @ per_month[0])[ahead], rtol=2e-3)
    np.testing.assert_allclose(caring.wins, free.wins)


def test_care_comes_off_the_hours_first():
    work = replace(one_role(300.0), per_month=np.full((1, 4), 1.0))
    caring = overload([stream()], YEAR, work, PATIENCE)
    free = overload([stream()], YEAR, one_role(300.0), PATIENCE)
    assert np.all(caring.served.sum(axis=0) < free.served.sum(axis=0))
    assert np.all(caring.spent <= caring.available * (1 + 1e-9))


def test_streams_share_the_hours_and_keep_their_own_laws():
    good, poor = funnel(win=0.6), funnel(win=0.2)
    streams = [stream(law, leads=50, stays=OpenStays.none()) for law in (good, poor)]
    together = overload(streams, YEAR, one_role(150.0), PATIENCE)
    half = [overload([s], YEAR, one_role(75.0), PATIENCE) for s in streams]
    assert together.wins.sum() == pytest.approx(sum(h.wins.sum() for h in half), rel=1e-6)
    assert half[0].wins.sum() > 2 * half[1].wins.sum()


def test_utilisation_passes_its_marks_when_the_leads_do():
    leads = LeadStream(funnel(), OpenStays.none(), np.linspace(0, 220, 12))
    found = overload([leads], YEAR, one_role(400.0), PATIENCE)
    (strained,), (over,) = found.first_month_above(), found.first_month_above(1.0)
    assert 0 < strained < over
    assert found.utilisation[0, over] > 1 >= found.utilisation[0, over - 1]
    (day,) = found.first_day_above(1.0)
    assert YEAR.edges[over - 1] < day < YEAR.edges[over + 1]


def test_hours_may_be_given_day_by_day():
    by_month = one_role(300.0)
    by_day = replace(by_month, hours=by_month.by_day(YEAR))
    found = [overload([stream()], YEAR, work, PATIENCE).wins for work in (by_month, by_day)]
    np.testing.assert_allclose(*found)
    on_work_days = by_day.hours * (np.arange(365) % 7 < 5) * 7 / 5
    weekly = overload([stream()], YEAR, replace(by_month, hours=on_work_days), PATIENCE)
    assert weekly.wins.sum() == pytest.approx(found[0].sum(), rel=0.03)


def test_a_year_of_ten_stages_takes_well_under_a_second():
    law = funnel(stages=10, forward=0.6)
    streams = [stream(law, leads=400)]
    work, taken = one_role(2_000.0, stages=10), []
    for _ in range(3):
        start = time.process_time()
        found = overload(streams, YEAR, work, PATIENCE, "first_in_first_out")
        taken.append(time.process_time() - start)
    assert found.waiting[:, -1].sum() > 0
    assert min(taken) < 0.3


def test_of_a_year_that_is_over_nothing_is_left_to_come():
    window = PlanWindow.of_year(FIRST, date(2003, 2, 1))
    found = overload([stream()], window, one_role(100.0), PATIENCE)
    for part in (found.entries, found.waiting, found.needed, found.wins):
        assert part.shape[-1] == 12
        assert part.sum() == 0
    assert found.first_month_above() == found.first_day_above() == (None,)


def test_without_anybody_to_serve_nothing_new_is_won():
    found = overload([stream(stays=OpenStays.none())], YEAR, one_role(0.0), PATIENCE)
    assert found.wins.sum() == 0
    assert np.all(np.isinf(found.utilisation))
    assert found.first_month_above(1.0) == (0,)


@pytest.mark.parametrize(
    "wrong",
    [{"hours": np.ones((1, 5))}, {"per_entry": np.ones((1, 3))}, {"hours": np.ones((2, 12))}],
)
def test_shapes_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ValueError, match=r"hours|per_entry"):
        overload([stream()], YEAR, replace(one_role(100.0), **wrong), PATIENCE)
