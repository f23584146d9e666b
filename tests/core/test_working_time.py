"""Spans of working time over weekends, holidays and the turning of clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.working_time import WorkingTime

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def week(zone=SHANGHAI, **special):
    return WorkingTime(frozenset(range(5)), time(9), time(18), zone, **special)


def at(text, zone=SHANGHAI):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def hours(n):
    return timedelta(hours=n)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-04 10:00", "2026-03-04 14:00"),
        ("2026-03-04 16:00", "2026-03-05 11:00"),
        ("2026-03-06 16:30", "2026-03-09 11:30"),  # Friday to Monday
        ("2026-03-07 12:00", "2026-03-09 13:00"),  # a Saturday counts from Monday's opening
        ("2026-03-04 03:00", "2026-03-04 13:00"),
        ("2026-03-04 14:00", "2026-03-04 18:00"),  # just until the end of the day
    ],
)
def test_four_hours_of_work_end_when_people_are_there(start, end):
    assert week().after(at(start), hours(4)) == at(end)
    assert week().between(at(start), at(end)) == hours(4)


def test_holidays_are_free_and_weekends_worked_instead_count():
    days = week(free=frozenset([date(2026, 3, 9)]), worked=frozenset([date(2026, 3, 7)]))
    assert days.after(at("2026-03-06 17:00"), hours(4)) == at("2026-03-07 12:00")
    assert days.after(at("2026-03-07 17:00"), hours(4)) == at("2026-03-10 12:00")


def test_office_hours_are_those_of_the_wall_clock_when_clocks_are_turned():
    for friday, monday in (("2026-03-27", "2026-03-30"), ("2026-10-23", "2026-10-26")):
        start, end = at(f"{friday} 16:00", BERLIN), at(f"{monday} 11:00", BERLIN)
        assert week(BERLIN).after(start, hours(4)) == end
        assert week(BERLIN).between(start, end) == hours(4)


def test_a_night_with_an_hour_less_has_an_hour_less():
    always = WorkingTime(frozenset(range(7)), time(0), time(23, 59), BERLIN)
    evening, morning = at("2026-03-28 23:00", BERLIN), at("2026-03-29 04:00", BERLIN)
    assert always.between(evening, morning) == timedelta(hours=3, minutes=59)


def test_nothing_passes_backwards_or_over_a_weekend():
    assert week().between(at("2026-03-06 18:00"), at("2026-03-09 09:00")) == timedelta(0)
    assert week().between(at("2026-03-09 09:00"), at("2026-03-06 18:00")) == timedelta(0)


def test_a_company_that_never_works_is_told_so():
    free = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(4100))
    with pytest.raises(ValueError, match="working time"):
        week(free=free).after(datetime(2026, 1, 1, tzinfo=UTC), hours(1))
