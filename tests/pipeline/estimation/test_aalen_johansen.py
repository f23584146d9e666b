"""Against scikit-survival, and against the slow version read off the definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sksurv.nonparametric import cumulative_incidence_competing_risks

from pipeline.estimation import OPEN, EventCounts, aalen_johansen
from tests.pipeline.estimation.slow import slow_aalen_johansen


def counts_by(age, destination, bins, destinations):
    """Counts of one stage, float[1, K, bins] and float[1, bins]."""
    events = np.zeros((1, destinations, bins))
    censored = np.zeros((1, bins))
    np.add.at(events[0], (destination[destination != OPEN], age[destination != OPEN]), 1.0)
    np.add.at(censored[0], age[destination == OPEN], 1.0)
    return EventCounts(events, censored, events, censored)


@pytest.fixture
def competing():
    """Times with ties, three destinations and censoring."""
    rng = np.random.default_rng(20)
    time = np.ceil(rng.exponential(30, 2000) * 4) / 4
    destination = rng.choice([0, 1, 2, OPEN], 2000, p=[0.3, 0.25, 0.05, 0.4])
    return np.minimum(time, 80), np.where(time > 80, OPEN, destination)


def test_equals_scikit_survival_with_one_bin_per_distinct_time(competing):
    time, destination = competing
    distinct, age = np.unique(time, return_inverse=True)
    ours = aalen_johansen(counts_by(age, destination, len(distinct), 3), half_censoring=False)
    times, theirs = cumulative_incidence_competing_risks(destination + 1, time)
    assert times.tolist() == distinct.tolist()
    assert np.abs(ours.incidence[0] - theirs[1:]).max() < 1e-9
    assert np.abs(1 - ours.survival[0, 1:] - theirs[0]).max() < 1e-9


def test_half_censoring_equals_scikit_survival_on_doubled_data(competing):
    """Events twice at the bin's centre, censorings at a quarter and at three quarters."""
    time, destination = competing
    age = np.floor(time / 10).astype(int)
    ours = aalen_johansen(counts_by(age, destination, age.max() + 1, 3))
    spread = np.where(destination == OPEN, 0.25, 0.0)
    doubled = np.concatenate([age + 0.5 - spread, age + 0.5 + spread])
    times, theirs = cumulative_incidence_competing_risks(np.tile(destination + 1, 2), doubled)
    at_edges = np.searchsorted(times, np.arange(age.max() + 1) + 1.0) - 1
    assert np.abs(ours.incidence[0] - theirs[1:, at_edges]).max() < 1e-9


def test_variance_is_that_of_scikit_survival(competing):
    time, destination = competing
    distinct, age = np.unique(time, return_inverse=True)
    ours = aalen_johansen(counts_by(age, destination, len(distinct), 3), half_censoring=False)
    _, theirs, band = cumulative_incidence_competing_risks(
        destination + 1, time, conf_type="log-log", var_type="Aalen"
    )
    for k in range(3):
        rate = theirs[k + 1, -1]
        low, high = np.log(-np.log(band[k + 1, :, -1]))
        sd = abs(low - high) / 2 / 1.959964 * rate * abs(np.log(rate))
        assert ours.variance(np.eye(3)[k])[0] ** 0.5 == pytest.approx(sd, rel=0.02)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from([OPEN, 0, 1])), max_size=25),
    st.booleans(),
)
def test_equals_the_definition_read_slowly(stays, half_censoring):
    age, destination = np.array(stays, int).reshape(-1, 2).T
    ours = aalen_johansen(counts_by(age, destination, 8, 2), half_censoring=half_censoring)
    cif, lasting = slow_aalen_johansen(stays, [0, 1], 8, half_censoring)
    assert ours.incidence[0] == pytest.approx(np.array([cif[0], cif[1]]), abs=1e-12)
    assert ours.survival[0] == pytest.approx(np.array(lasting), abs=1e-12)


def test_without_censoring_rate_and_variance_are_the_binomials():
    age, destination = np.arange(200) % 7, (np.arange(200) % 5 == 0).astype(int)
    ours = aalen_johansen(counts_by(age, destination, 7, 2))
    assert ours.expected([0, 1])[0] == pytest.approx(0.2)
    assert ours.variance([0, 1])[0] == pytest.approx(0.2 * 0.8 / 200)


def test_weights_of_one_size_count_as_their_number():
    plain = counts_by(np.arange(50) % 7, np.arange(50) % 2, 7, 2)
    weighted = EventCounts(
        plain.events * 3, plain.censored * 3, plain.events * 9, plain.censored * 9
    )
    one, three = aalen_johansen(plain), aalen_johansen(weighted)
    assert three.reached == pytest.approx(one.reached)
    assert three.variance([0, 1]) == pytest.approx(one.variance([0, 1]))
