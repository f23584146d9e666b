import numpy as np
import pytest
from scipy import stats

from planning.engine import FunnelLaw, InvalidLaw, PlanWindow
from planning.engine.kernels import Renewal, by_month, count_lags, landing_share, split_to_lags
from planning.engine.month_kernels import by_months
from tests.planning.engine.funnels import DWELL_SHAPE, age_edges, funnel


def renewal_by_recursion(lags, inflow):
    """The renewal equation, one day and one lag at a time."""
    days, stages = inflow.shape
    entries, wins = np.zeros((days, stages)), np.zeros(days)
    same_day = np.linalg.inv(np.eye(stages) - lags.offspring[0])
    for day in range(days):
        arriving = inflow[day].copy()
        for lag in range(1, day + 1):
            arriving += entries[day - lag] @ lags.offspring[lag]
        entries[day] = arriving @ same_day
        wins[day] = sum(entries[day - lag] @ lags.wins[lag] for lag in range(day + 1))
    return entries, wins


def test_the_renewal_equation_holds_with_skips_and_moves_back():
    lags = count_lags(funnel(back=0.3), 200)
    inflow = np.random.default_rng(1).random((2, 200, 4))
    renewal = Renewal(lags)
    entries, wins = renewal.entries(inflow), renewal.wins(inflow)
    for row in range(2):
        slow_entries, slow_wins = renewal_by_recursion(lags, inflow[row])
        np.testing.assert_allclose(entries[row], slow_entries, rtol=0, atol=1e-8)
        np.testing.assert_allclose(wins[row], slow_wins, rtol=0, atol=1e-8)


def test_a_kernel_is_what_follows_one_entry():
    renewal = Renewal(count_lags(funnel(), 120))
    inflow = np.zeros((1, 120, 4))
    inflow[0, 0, 1] = 1
    entries, wins = renewal.kernel(stage=1)
    np.testing.assert_allclose(entries, renewal.entries(inflow)[0], atol=1e-9)
    np.testing.assert_allclose(wins, renewal.wins(inflow)[0], atol=1e-9)


def test_in_the_long_run_the_kernel_adds_up_to_the_success_rate():
    law = funnel(back=0.2)
    entries, wins = Renewal(count_lags(law, 1500)).kernel()
    assert wins.sum() == pytest.approx(law.success[0], rel=1e-6)
    chain = np.linalg.inv(np.eye(4) - law.offspring.sum(axis=2))
    np.testing.assert_allclose(entries.sum(axis=0), chain[0], rtol=1e-6)


def test_splitting_keeps_the_mass_and_the_mean_lag_of_every_bin():
    edges = age_edges(200.0)
    lags = split_to_lags(edges, 400)
    np.testing.assert_allclose(lags.sum(axis=1), 1, rtol=1e-12)
    # The last day of a bin may be cut by its edge; even spreading inside it is half a day off
    # at most, weighted by that day's share.
    np.testing.assert_allclose(lags @ np.arange(400.0), (edges[1:] + edges[:-1]) / 2, atol=0.5)
    whole = split_to_lags(np.array([0.0, 3.0, 10.0]), 20)
    np.testing.assert_allclose(whole @ np.arange(20.0), [1.5, 6.5], rtol=1e-12)


def semi_markov_entries(law, leads, months, rng):
    """Entries by stage and month of `leads` subjects that start at a uniform instant of month 0,
    each followed through the law's own bins."""
    moves = np.concatenate([law.offspring, law.wins[:, None]], axis=1)
    stages, won = len(law.stages), len(law.stages)
    stage, at = np.zeros(leads, int), rng.uniform(0, 30, leads)
    counts = np.zeros((stages + 1, months))
    while stage.size:
        month = (at // 30).astype(int)
        inside = month < months
        np.add.at(counts, (stage[inside], month[inside]), 1)
        stage, at = stage[inside & (stage < won)], at[inside & (stage < won)]
        draw = rng.random(stage.size)
        table = np.cumsum(moves.reshape(stages, -1), axis=1)
        index = np.array([np.searchsorted(table[s], u) for s, u in zip(stage, draw, strict=True)])
        index = index.astype(int)
        moved = index < table.shape[1]
        target, age_bin = np.divmod(index[moved], law.edges.size - 1)
        width = np.diff(law.edges)[age_bin]
        at = at[moved] + law.edges[age_bin] + width * rng.random(target.size)
        stage = target
    return counts


def test_kernels_by_month_agree_with_simulated_subjects():
    law, leads = funnel(back=0.2, mean_dwell=30.0), 100_000
    counts = semi_markov_entries(law, leads, 8, np.random.default_rng(3)) / leads
    edges = 30.0 * np.arange(9)
    share = landing_share(edges[:1], edges[1:2], edges, 240)[0]
    entries, wins = Renewal(count_lags(law, 240)).kernel()
    expected = np.vstack([(share @ entries).T, share @ wins])
    sd = np.sqrt(np.maximum(expected, 1e-6) * 2 / leads)
    assert np.all(np.abs(counts - expected) < 4.5 * sd + 1e-5)


def growing_year(seed=11, leads=1_000_000, stages=5, mean_dwell=45.0, growth=4.0):
    """Wins in a year whose leads grow fourfold a year, by events in continuous time."""
    rng = np.random.default_rng(seed)
    # Inverse of the cumulated exponential growth over two years.
    power = growth**2 - 1
    at = 365 * np.log1p(power * rng.random(leads)) / np.log(growth)
    dwell = rng.gamma(DWELL_SHAPE, mean_dwell / DWELL_SHAPE, (stages, leads)).sum(axis=0)
    won = at + dwell
    return np.sum((won >= 365) & (won < 730)) / leads


def inflow_of_growing_years(growth=4.0):
    day = np.arange(731)
    return np.diff(growth ** (day / 365)) / (growth**2 - 1)


def chain_only(edges):
    return funnel(forward=1.0, skip=0.0, back=0.0, win=1.0, stages=5, mean_dwell=45.0, edges=edges)


def wins_of_growing_year(lags):
    inflow = np.zeros((1, 730, 5))
    inflow[0, :, 0] = inflow_of_growing_years()
    return Renewal(lags).wins(inflow)[0, 365:].sum()


def test_a_fourfold_year_is_not_biased_by_the_bins():
    law = chain_only(age_edges())
    assert wins_of_growing_year(count_lags(law, 730)) == pytest.approx(growing_year(), rel=0.005)


def test_placing_moves_at_the_end_of_their_bin_would_lose_five_percent():
    law = chain_only(age_edges())
    lags = count_lags(law, 730)
    at_end = np.ceil(law.edges[1:]).astype(int)
    late = np.zeros_like(split_to_lags(law.edges, 730))
    reached = at_end < 730
    late[np.flatnonzero(reached), at_end[reached]] = 1
    late_lags = type(lags)(np.moveaxis(law.offspring @ late, 2, 0), (law.wins @ late).T)
    loss = wins_of_growing_year(late_lags) / wins_of_growing_year(lags) - 1
    assert -0.10 < loss < -0.03


def test_months_of_a_daily_flow_add_up_and_skip_the_past():
    flow = np.arange(90.0)
    months = by_month(flow, np.array([-31.0, 0.0, 28.0, 59.0, 89.5]))
    assert months[0] == 0
    np.testing.assert_allclose(months[1:3], [flow[:28].sum(), flow[28:59].sum()])
    assert months.sum() == pytest.approx(flow[:89].sum() + flow[89] / 2)


def test_landing_shares_follow_a_lead_from_month_to_month():
    edges = np.array([0.0, 31.0, 59.0])
    share = landing_share(edges[:-1], edges[1:], edges, 60)
    np.testing.assert_allclose(share[0, :, 0], [1, 0])
    np.testing.assert_allclose(share[0, :, 31], [0, 28 / 31])
    np.testing.assert_allclose(share[1, :, 0], [0, 1])


def test_a_law_that_contradicts_itself_is_refused_by_name():
    law = funnel()
    for field, value, word in (
        ("wins", law.wins[:2], "wins"),
        ("survival", -law.survival, "survival"),
        ("wins", law.wins * np.nan, "wins"),
        ("edges", law.edges[::-1], "edges"),
        ("value_wins", law.wins, "together"),
        ("offspring", law.offspring * 60, "never ends"),
    ):
        with pytest.raises(InvalidLaw, match=word):
            funnel(**{field: value})


def test_stages_that_only_lead_to_each_other_never_win():
    law = funnel(stages=2, forward=1.0, skip=0, back=1.0, win=0.0)
    assert isinstance(law, FunnelLaw)
    np.testing.assert_allclose(law.success, 0, atol=1e-6)


def test_the_same_funnel_in_finer_bins_gives_the_same_kernel():
    coarse = Renewal(count_lags(funnel(mean_dwell=60.0), 365)).kernel()[1]
    fine_law = funnel(mean_dwell=60.0, edges=np.arange(1501.0))
    fine = Renewal(count_lags(fine_law, 365)).kernel()[1]
    assert np.abs(np.cumsum(coarse) - np.cumsum(fine)).max() < 0.005 * fine.sum()
    assert stats.gamma.cdf(1500, DWELL_SHAPE, scale=40) > 0.9999


@pytest.mark.parametrize("started", [-17.0, 0.0, 45.0])
def test_what_comes_by_month_is_that_of_every_day_of_entry(started):
    window = PlanWindow(started + np.array([0.0, 31.0, 59.0, 90.0, 120.0]))
    kernel = np.random.default_rng(1).random((window.length, 3))
    spans = (window.edges[:-1], window.edges[1:])
    begun = np.where((spans[0] < 0) & (spans[1] > 0), 0.0, spans[0])
    share = landing_share(begun, spans[1], window.edges, window.length)
    assert by_months(kernel, window) == pytest.approx(share @ kernel, abs=1e-11)


def test_a_kernel_is_the_same_whether_or_not_other_stages_were_asked_for():
    lags = count_lags(funnel(), 300)
    alone, after = Renewal(lags), Renewal(lags)
    after.wins_after()
    for first, second in zip(alone.kernel(1), after.kernel(1), strict=True):
        assert first == pytest.approx(second, abs=1e-12)
