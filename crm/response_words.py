"""How fast leads are answered, as pages show it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from accounts.models import User
from core import clock
from crm.lead_reads import span_words, waiting_for
from crm.response_figures import (
    Figures,
    by_team,
    company_figures,
    figures_by_person,
    this_month,
)
from crm.response_time import response_target, working_day


@dataclass(frozen=True)
class Line:
    """The figures of a person or a team; ``name`` is empty for what nobody has."""

    name: str
    figures: Figures
    median: str


def shown_figures(user: User) -> dict[str, Any]:
    """Of the leads that came this month: the company's, beside them for reps their ``own``, and for
    managers those by person and team."""
    (since, before), at, day = this_month(), clock.now(), working_day()
    figures = company_figures(since, before, at=at)
    found: dict[str, Any] = {
        "figures": figures,
        "median": median_words(figures, day),
        "target": response_target(),
    }
    people = figures_by_person(user, since, before, at=at)
    if user.is_manager:
        found["people"] = [_line(row.person, row.figures, day) for row in people]
        found["teams"] = [_line(row.team, row.figures, day) for row in by_team(people)]
    else:
        own = people[0].figures if people else Figures()
        found["own"] = _line(user, own, day)
    return found


def figures_of_today(user: User) -> dict[str, Any] | None:
    """The same in a few words, and what waits for ``user``; None where there is nothing to say."""
    (since, before), at = this_month(), clock.now()
    figures = company_figures(since, before, at=at)
    if not (figures.decided or figures.waiting):
        return None
    return {
        "figures": figures,
        "median": median_words(figures, working_day()),
        "waiting": waiting_for(user),
    }


def median_words(figures: Figures, day: timedelta) -> str:
    """Empty where nothing was answered; ``day`` is the working time of a day."""
    minutes = figures.median_minutes
    return "" if minutes is None else span_words(timedelta(minutes=minutes), day)


def _line(who: Any, figures: Figures, day: timedelta) -> Line:
    return Line(str(who) if who else "", figures, median_words(figures, day))
