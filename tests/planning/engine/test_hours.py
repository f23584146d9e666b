"""Hours by stage against a slow and obvious count."""

import numpy as np
import pytest

from pipeline.estimation import bucket_of
from planning.engine.hours import DAY, FIRST_DAYS, MONTH_DAYS, Visits, Work, measure_hours

STAGES = 3


def random_histories(seed, *, subjects=60, works=400):
    """Stays one after the other with gaps and stays without length; instants on whole hours, so
    that work often falls on a move."""
    rng = np.random.default_rng(seed)
    rows = []
    for subject in rng.choice(10_000, subjects, replace=False):
        at = int(rng.integers(0, 300 * 24))
        for _stay in range(int(rng.integers(0, 6))):
            length = int(rng.choice([0, 5, 24 * 20, 24 * 90]) * rng.random())
            rows.append((int(subject), int(rng.integers(STAGES)), at, at + length))
            at += length + int(rng.choice([0, 0, 0, 48]))
    rows.sort(key=lambda row: (row[0], row[2]))
    hour = DAY // 24
    known = [row[0] for row in rows] + [99_999]
    work = sorted(
        (int(rng.choice(known)), int(rng.choice([row[2] for row in rows])))
        if rng.random() < 0.3
        else (int(rng.choice(known)), int(rng.integers(0, 400 * 24)))
        for _each in range(works)
    )
    # Some at the very end or beginning of a stay of the same subject.
    ends = [(row[0], row[2 + int(rng.integers(2))]) for row in rows[::3]]
    work = [(s, at * hour, int(rng.integers(0, 300))) for s, at in [*work, *ends]]
    return [(s, stage, a * hour, b * hour) for s, stage, a, b in rows], work


def visits_of(rows):
    subject, stage, entered, left = (np.array(c, np.int64) for c in zip(*rows, strict=True))
    return Visits(STAGES, subject, stage, entered, left, bucket_of(subject))


def work_of(work):
    return Work(*(np.array(c, np.int64) for c in zip(*work, strict=True)))


def slow(rows, work, since, as_of, stage):
    """Row by row: (hours at entry, hours later, entries, months, activities, subjects, stays,
    stays with work, subject by subject where asked for)."""
    first = later = months = 0.0
    entries = stays = activities = 0
    who, worked = set(), set()
    for _subject, where, entered, left in rows:
        if where != stage or left < since or entered >= as_of:
            continue
        stays += 1
        entries += entered >= since
        months += max(min(left, as_of) - max(entered, since), 0) / DAY / MONTH_DAYS
    for subject, at, minutes in work:
        if not since <= at < as_of:
            continue
        for place, (whose, where, entered, left) in enumerate(rows):
            if whose == subject and entered <= at <= left:
                if where == stage:
                    activities += 1
                    who.add(subject)
                    worked.add(place)
                    if entered >= since and at - entered <= FIRST_DAYS * DAY:
                        first += minutes / 60
                    else:
                        later += minutes / 60
                break
    return first, later, entries, months, activities, len(who), stays, len(worked)


@pytest.mark.parametrize("seed", range(12))
def test_measured_hours_are_those_of_a_count_row_by_row(seed):
    rows, work = random_histories(seed)
    since, as_of = 40 * DAY, 330 * DAY
    found = measure_hours(visits_of(rows), work_of(work), since=since, as_of=as_of)
    for stage in range(STAGES):
        first, later, entries, months, acts, who, stays, worked = slow(
            rows, work, since, as_of, stage
        )
        assert found.entries[stage] == entries
        assert found.months[stage] == pytest.approx(months)
        assert found.activities[stage] == acts
        assert found.subjects[stage] == who
        assert found.stays[stage] == stays
        assert found.logged[stage] == pytest.approx(worked / stays)
        assert found.per_entry.value[stage] == pytest.approx(first / entries)
        assert found.per_month.value[stage] == pytest.approx(later / months)
        assert found.per_month_in_all.value[stage] == pytest.approx((first + later) / months)
        assert found.minutes[stage] == pytest.approx(60 * (first + later))


def test_what_lies_in_no_stay_is_told_apart():
    rows, work = random_histories(3)
    found = measure_hours(visits_of(rows), work_of(work), since=0, as_of=2000 * DAY)
    assert found.minutes.sum() + found.minutes_elsewhere == sum(m for _s, _at, m in work)
    assert found.minutes_elsewhere > 0


def test_a_band_is_that_of_leaving_out_one_bucket_at_a_time():
    rows, work = random_histories(5, subjects=400, works=4000)
    since, as_of = 0, 400 * DAY
    found = measure_hours(visits_of(rows), work_of(work), since=since, as_of=as_of)
    logs = []
    for bucket in range(64):
        kept = [row for row in rows if bucket_of(np.array([row[0]]))[0] != bucket]
        first, later, _entries, months, *_rest = slow(kept, work, since, as_of, 0)
        logs.append(np.log((first + later) / months))
    sd = np.sqrt(63 * np.var(logs))
    factor = np.exp(1.2951 * sd)
    rate = found.per_month_in_all
    assert rate.high[0] == pytest.approx(rate.value[0] * factor, rel=1e-3)
    assert rate.low[0] == pytest.approx(rate.value[0] / factor, rel=1e-3)


def test_the_band_holds_the_truth_four_times_of_five():
    """Customers differ in how much they ask; hours of one and the same are not independent."""
    hits, runs = 0, 300
    rng = np.random.default_rng(8)
    truth = 4.0
    for _run in range(runs):
        rows, work = [], []
        for subject in range(150):
            need = rng.gamma(2.0, truth / 2)
            length = rng.exponential(60)
            rows.append((subject, 0, 0, int(length * DAY)))
            for _each in range(rng.poisson(need * length / MONTH_DAYS)):
                work.append((subject, int(rng.random() * length * DAY), 60))
        found = measure_hours(visits_of(rows), work_of(work), since=0, as_of=10**6 * DAY)
        rate = found.per_month_in_all
        hits += rate.low[0] <= truth <= rate.high[0]
    assert 0.74 <= hits / runs <= 0.86


def test_without_anything_nothing_is_said():
    empty = np.empty(0, np.int64)
    visits = Visits(STAGES, empty, empty, empty, empty, empty)
    found = measure_hours(visits, Work(empty, empty, empty), since=0, as_of=DAY)
    assert np.isnan(found.per_month_in_all.value).all()
    assert found.minutes.sum() == 0
