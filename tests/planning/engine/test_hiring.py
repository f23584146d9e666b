import numpy as np
import pytest

from planning.engine.hiring import hire_by, hiring_calendar

MONTHS = 12
# Somebody who begins does half for three months, then all of a hundred hours.
HIRE_HOURS = np.array(
    [
        [0.0 if later < first else 50.0 if later < first + 3 else 100.0 for later in range(MONTHS)]
        for first in range(MONTHS)
    ]
)
AVAILABLE = np.full(MONTHS, 1000.0)


def growing(step):
    return 700.0 + step * np.arange(MONTHS)


def test_nobody_has_to_be_hired_while_there_is_room():
    assert hire_by(np.full(MONTHS, 800.0), AVAILABLE, HIRE_HOURS) is None
    assert hiring_calendar(np.full(MONTHS, 850.0), AVAILABLE, HIRE_HOURS) == []


def test_the_latest_start_leaves_time_to_learn():
    # From month 6 on 1,000 hours are needed: at 85 % that takes 1,176, so two trained people.
    needed = np.where(np.arange(MONTHS) < 6, 800.0, 1000.0)
    due = hire_by(needed, AVAILABLE, HIRE_HOURS)
    assert (due.month, due.hires, due.latest) == (6, 2, 3)
    assert due.hours == pytest.approx(1000 / 0.85 - 1000)
    # Four beginners do as much as two who have learnt.
    later = hire_by(needed, AVAILABLE, HIRE_HOURS, hires=4)
    assert later.latest == 6
    assert hire_by(needed, AVAILABLE, HIRE_HOURS, level=1.0) is None


def test_hiring_at_the_latest_date_holds_the_level_and_a_month_later_does_not():
    needed = growing(40.0)
    due = hire_by(needed, AVAILABLE, HIRE_HOURS, level=1.0)
    for start, holds in ((due.latest, True), (due.latest + 1, False)):
        hours = AVAILABLE + due.hires * HIRE_HOURS[start]
        assert (needed[due.month] <= hours[due.month] + 1e-6) == holds


def test_it_can_be_too_late():
    needed = np.full(MONTHS, 1040.0)
    due = hire_by(needed, AVAILABLE, HIRE_HOURS, level=1.0, allowed=np.arange(MONTHS) >= 2)
    assert (due.month, due.hires, due.latest) == (0, 0, None)
    assert np.all(np.isinf(due.needed))
    one_too_few = hire_by(np.full(MONTHS, 1060.0), AVAILABLE, HIRE_HOURS, level=1.0, hires=1)
    assert one_too_few.latest is None
    assert one_too_few.needed[0] == pytest.approx(1.2)


def test_the_calendar_carries_every_month_it_can():
    needed = growing(40.0)
    calendar = hiring_calendar(needed, AVAILABLE, HIRE_HOURS, level=1.0)
    hours = AVAILABLE + sum(due.hires * HIRE_HOURS[due.latest] for due in calendar)
    assert np.all(needed <= hours + 1e-6)
    assert [due.month for due in calendar] == sorted(due.month for due in calendar)
