"""What the demo company's invented history is like, before any of it is written."""

import os
import subprocess
import sys
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from planning.demo.amounts import prices_for
from planning.demo.company import DOLLAR, FOUNDED, LAST_DAY, REPS, SOURCES, reps_of_branch
from planning.demo.journal import MINUTES_A_DAY, Phase, Step
from planning.demo.simulation import simulate


def first_minute(year):
    return (date(year, 1, 1) - FOUNDED).days * MINUTES_A_DAY


@pytest.fixture(scope="module")
def journal():
    return simulate(REPS)


@pytest.fixture(scope="module")
def wins(journal):
    """Instant of the first win by customer."""
    found = {}
    for deal in journal.deals:
        if deal.won_at is not None:
            found.setdefault(deal.customer, deal.won_at)
    return found


def won_amount(journal, prices, year):
    return sum(
        float(prices.amount(deal, deal.share)) * (DOLLAR if deal.currency == "USD" else 1)
        for deal in journal.deals
        if deal.won_at is not None and first_minute(year) <= deal.won_at < first_minute(year + 1)
    )


def transitions(journal):
    return {(a.to, b.to) for deal in journal.deals for a, b in pairwise(deal.moves)}


def test_the_same_history_comes_out_in_another_process_with_other_hashing(journal):
    code = (
        "from planning.demo.company import REPS; from planning.demo.simulation import simulate;"
        "print(simulate(REPS).checksum())"
    )
    env = os.environ | {"PYTHONHASHSEED": "12345"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.stdout.strip() == journal.checksum()


def test_branches_differ_but_each_earns_the_same():
    reps = reps_of_branch(1)
    branch = simulate(reps, branch=1)
    assert branch.checksum() != simulate(REPS).checksum()
    assert won_amount(branch, prices_for(branch), 2001) == pytest.approx(17_600_000, rel=0.001)
    assert not {rep.local for rep in reps} & {rep.local for rep in REPS}
    assert not {rep.name for rep in reps} & {rep.name for rep in REPS}


def test_revenue_of_the_base_year_grew_by_78_percent(journal):
    prices = prices_for(journal)
    base = won_amount(journal, prices, 2001)
    assert base == pytest.approx(17_600_000, rel=0.001)
    assert base / won_amount(journal, prices, 2000) == pytest.approx(1.78, rel=0.01)
    assert 0.8 < prices.trend < 1.25  # growth comes from more wins, not from dearer machines


def test_nobody_moves_backwards_in_time_or_outside_the_history(journal):
    end = first_minute(2002)
    histories = [c.climbs for c in journal.customers] + [d.moves for d in journal.deals]
    assert all(a.at <= b.at for moves in histories for a, b in pairwise(moves))
    assert all(0 <= move.at < end for moves in histories for move in moves)
    assert len(journal.hours) == (LAST_DAY - FOUNDED).days + 1


def test_about_four_thousand_leads_are_won_at_the_told_rate_and_pace(journal, wins):
    assert len(journal.customers) == pytest.approx(4_000, rel=0.06)
    mature = [
        (place, customer.born)
        for place, customer in enumerate(journal.customers)
        if customer.born < first_minute(2001) + 120 * MINUTES_A_DAY
    ]
    days = [(wins[place] - born) / MINUTES_A_DAY for place, born in mature if place in wins]
    assert len(days) / len(mature) == pytest.approx(0.054, abs=0.005)
    assert np.median(days) == pytest.approx(96, abs=10)


def test_exhibitions_convert_half_as_well_as_referrals_but_faster(journal, wins):
    rate, days = {}, {}
    for source, kind in enumerate(SOURCES):
        places = [
            p
            for p, c in enumerate(journal.customers)
            if c.source == source and c.born < first_minute(2001) + 120 * MINUTES_A_DAY
        ]
        won = [p for p in places if p in wins]
        rate[kind.name] = len(won) / len(places)
        days[kind.name] = np.median([wins[p] - journal.customers[p].born for p in won])
    assert rate["Exhibitions"] / rate["Referrals"] == pytest.approx(0.5, abs=0.1)
    assert days["Exhibitions"] < 0.8 * days["Referrals"]


def test_large_deals_are_won_less_often_and_take_longer(journal):
    closed = [d for d in journal.deals if d.phase in (Phase.WON, Phase.LOST) and not d.is_repeat]
    middle = np.median([deal.size for deal in closed])
    won, days = [], []
    for side in (
        [d for d in closed if d.size < middle],
        [d for d in closed if d.size >= middle],
    ):
        wins = [d for d in side if d.won_at is not None]
        won.append(len(wins) / len(side))
        days.append(np.mean([d.won_at - d.moves[0].at for d in wins]))
    assert won[1] < won[0] - 0.05
    assert days[1] > days[0]


def test_every_kind_of_history_that_estimation_must_bear_occurs(journal):
    moves = transitions(journal)
    assert (Phase.PROJECT, Phase.NEGOTIATION) in moves  # a skip
    assert (Phase.NEGOTIATION, Phase.PROPOSAL) in moves  # a move back
    assert (Phase.LOST, Phase.PROPOSAL) in moves  # a re-opened loss
    assert any(deal.is_repeat and deal.won_at for deal in journal.deals)
    assert any(not deal.at_work and deal.phase < Phase.WON for deal in journal.deals)
    assert any(deal.currency == "USD" for deal in journal.deals)
    came_with_a_deal = [c for c in journal.customers if c.climbs[0].to is Step.QUALIFIED]
    assert 0 < len(came_with_a_deal) < 100


def test_the_reps_of_the_base_year_are_busy_nine_tenths_of_their_time(journal):
    first, last = (first_minute(year) // MINUTES_A_DAY for year in (2001, 2002))
    assert journal.utilisation(first, last) == pytest.approx(0.90, abs=0.025)


def test_nobody_works_before_having_joined(journal):
    joined = [(rep.joined - FOUNDED).days * MINUTES_A_DAY for rep in REPS]
    assert all(customer.born >= joined[customer.rep] for customer in journal.customers)
