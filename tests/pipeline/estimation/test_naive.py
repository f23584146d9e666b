"""The rules of thumb on a history small enough to count on one's fingers.

Ten deals are open from day 0, five are won and three lost; two are still there on day 50.
"""

import numpy as np
import pytest

from pipeline.estimation import DAY, find_stays
from pipeline.estimation.naive import Past, Rule, last_year, naive_forecasts
from tests.pipeline.estimation.histories import SMALL, moves_of, path

LEADS = np.array([10.0, 20.0])


def past(*, worth=None, before=(1.0, 2.0, 2.0, 4.0)):
    rows = [row for d in range(5) for row in path(d, "A", 0, "B", 10, "won", 20)]
    rows += [row for d in range(5, 8) for row in path(d, "A", 0, "lost", 30)]
    rows += path(8, "A", 0) + path(9, "A", 0, "B", 40)
    stays = find_stays(moves_of(rows), SMALL, as_of=50 * DAY)
    value = np.ones(10) if worth is None else np.asarray(worth, float)
    return Past(stays, value[stays.subject], value[stays.wins.subject], np.array(before))


def test_rates_count_every_deal_once():
    known = past()
    assert (known.won, known.lost, known.created, known.worth_per_lead) == (5, 3, 10, 1)
    assert known.stage_rates[:2] == pytest.approx([5 / 8, 1.0])


def test_each_rule_says_what_a_manager_would_say():
    said = naive_forecasts(past(), LEADS, span=2)
    assert said[Rule.CLOSED_RATE] == pytest.approx(LEADS * 5 / 8)
    assert said[Rule.WON_PER_CREATED] == pytest.approx(LEADS * 5 / 10)
    assert said[Rule.LAST_YEAR] == pytest.approx(np.array([2.0, 4.0]) * 6 / 3)
    assert said[Rule.WEIGHTED_PIPELINE] == pytest.approx([(5 / 8 + 1.0) / 2] * 2)


def test_rules_by_money_weigh_every_deal_by_its_amount():
    worth = np.array([10, 10, 10, 10, 10, 100, 100, 100, 50, 20])
    known = past(worth=worth)
    assert (known.won, known.lost, known.created) == (50, 300, 420)
    assert known.lump == pytest.approx(10)
    said = naive_forecasts(known, LEADS, span=2)
    assert said[Rule.CLOSED_RATE] == pytest.approx(LEADS * 42 * 50 / 350)
    assert said[Rule.WON_PER_CREATED] == pytest.approx(LEADS * 50 / 10)
    assert said[Rule.WEIGHTED_PIPELINE].sum() == pytest.approx(50 * 50 / 350 + 20)


def test_last_year_is_repeated_month_by_month_with_its_growth():
    before = np.concatenate([np.full(6, 99.0), np.arange(12.0), 2 * np.arange(12.0)])
    assert last_year(before, steps=12) == pytest.approx(4 * np.arange(12.0))


def test_a_short_past_stands_for_the_year():
    assert last_year(np.array([9.0, 1.0, 3.0, 2.0, 4.0]), steps=4) == pytest.approx(
        np.array([2.0, 4.0, 2.0, 4.0]) * 6 / 4
    )
    assert last_year(np.array([5.0]), steps=2) == pytest.approx([5.0, 5.0])
    assert last_year(np.array([]), steps=2) == pytest.approx([0.0, 0.0])
    assert last_year(np.array([0.0, 3.0]), steps=2) == pytest.approx([3.0, 3.0])


def test_a_past_without_wins_forecasts_none():
    stays = find_stays(moves_of(path(1, "A", 0)), SMALL, as_of=9 * DAY)
    said = naive_forecasts(Past(stays, np.ones(1), np.ones(0), np.zeros(0)), LEADS, span=2)
    assert all((values == 0).all() for values in said.values())
