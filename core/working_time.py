"""Working time: the hours of the days on which people work, in the company's zone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SpecialDays = tuple[frozenset[date], frozenset[date]]
"""Days on which nobody works, and weekend days on which everybody does."""

NONE: timedelta = timedelta(0)
MOST_DAYS = 4000
"""No span of working time is sought further away than this."""

_special_days: list[Callable[[date, date], SpecialDays]] = []


def register_special_days(find: Callable[[date, date], SpecialDays]) -> None:
    """``find(first, last)`` tells of the days from ``first`` to ``last``; a higher app keeps them.

    The one that is registered last counts.
    """
    _special_days[:] = [find]


def special_days(first: date, last: date) -> SpecialDays:
    return _special_days[0](first, last) if _special_days else (frozenset(), frozenset())


@dataclass(frozen=True)
class WorkingTime:
    """From ``opens`` to ``closes`` on ``weekdays`` (0 is Monday), but for the special days.

    The hours are those of clocks on the wall: where they are set back meanwhile, an hour more
    passes.
    """

    weekdays: frozenset[int]
    opens: time
    closes: time
    zone: ZoneInfo
    free: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def after(self, start: datetime, span: timedelta) -> datetime:
        """The instant at which ``span`` of working time has passed since ``start``, in UTC.

        Raises ValueError where there is not so much of it in ten years.
        """
        left = span
        for opens, closes in self._hours_from(start):
            begins = max(opens, start)
            if closes - begins >= left:
                return begins + left
            left -= max(closes - begins, NONE)
        raise ValueError("There is not so much working time.")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from ``start`` to ``end``; none where the end comes first."""
        passed = NONE
        for opens, closes in self._hours_from(start):
            if opens >= end:
                break
            passed += max(min(closes, end) - max(opens, start), NONE)
        return passed

    @property
    def day(self) -> timedelta:
        """The working time of a day."""
        midnight = date.min
        return datetime.combine(midnight, self.closes) - datetime.combine(midnight, self.opens)

    def _hours_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        first = start.astimezone(self.zone).date()
        for day in (first + timedelta(days=n) for n in range(MOST_DAYS)):
            if self._is_worked(day):
                yield self._instant(day, self.opens), self._instant(day, self.closes)

    def _is_worked(self, day: date) -> bool:
        return day in self.worked or (day.weekday() in self.weekdays and day not in self.free)

    def _instant(self, day: date, at: time) -> datetime:
        # In UTC, for the difference of two instants of one zone is that of the wall clocks.
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)
