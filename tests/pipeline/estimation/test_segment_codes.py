import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimation.segment_codes import amount_bands, cross

amounts = st.lists(
    st.one_of(st.floats(1e-3, 1e9), st.just(float("nan")), st.just(0.0)), max_size=200
)


def sizes(bands, amount):
    return np.bincount(bands.of(amount), minlength=bands.segments)


def test_bands_split_the_deals_about_evenly_at_round_sums():
    amount = np.random.default_rng(1).lognormal(np.log(30_000), 1.2, 4000)
    bands = amount_bands(amount)
    assert bands.edges == (10_000.0, 20_000.0, 50_000.0)
    share = sizes(bands, amount)[:-1] / 4000
    assert share.min() > 0.1
    assert share.max() < 0.4


def test_an_amount_on_an_edge_belongs_to_the_band_that_begins_there():
    bands = amount_bands(np.repeat([5.0, 10.0, 20.0, 50.0], 50))
    assert bands.edges == (10.0, 20.0, 50.0)
    assert bands.of(np.array([9.99, 10.0, 19.9, 20.0, 1e9])).tolist() == [0, 1, 1, 2, 3]


def test_deals_without_an_amount_stand_apart():
    bands = amount_bands(np.repeat([5.0, 500.0], 50))
    assert (bands.bands, bands.unknown, bands.segments) == (2, 2, 3)
    assert bands.of(np.array([np.nan, 0.0, -3.0, np.inf])).tolist() == [2, 2, 2, 2]


def test_few_deals_make_fewer_bands():
    amount = np.random.default_rng(2).lognormal(10, 2, 2000)
    counts = [amount_bands(amount[:n]).bands for n in (10, 39, 60, 2000)]
    assert counts == sorted(counts)
    assert (counts[0], counts[1], counts[-1]) == (1, 1, 4)


@pytest.mark.parametrize("amount", [[], [np.nan] * 50, [700.0] * 500])
def test_without_anything_to_split_there_is_one_band(amount):
    assert amount_bands(np.array(amount, float)).edges == ()


def test_prices_that_nearly_all_are_the_same_are_not_split_into_slivers():
    amount = np.concatenate([np.full(980, 1000.0), np.linspace(1, 900, 20)])
    assert amount_bands(amount).edges == ()


@settings(deadline=None)
@given(amounts)
def test_bands_are_ordered_round_and_never_small(listed):
    amount = np.array(listed, float)
    bands = amount_bands(amount)
    assert list(bands.edges) == sorted(set(bands.edges))
    assert bands.bands <= 4
    assert {f"{edge:e}"[0] for edge in bands.edges} <= {"1", "2", "5"}
    assert sizes(bands, amount).sum() == len(amount)
    if bands.edges:
        assert sizes(bands, amount)[:-1].min() >= 20
    assert bands == amount_bands(amount[::-1])


codes = st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 6)), max_size=80)


@settings(deadline=None)
@given(codes)
def test_crossed_fields_are_the_pairs_that_occur(rows):
    first, second = np.array(rows, int).reshape(-1, 2).T
    code, pairs = cross(first, second, (5, 7))
    assert [tuple(pair) for pair in pairs] == sorted({row for row in rows if min(row) >= 0})
    for row, place in zip(rows, code, strict=True):
        if min(row) < 0:
            assert place == -1
        else:
            assert tuple(pairs[place]) == row
