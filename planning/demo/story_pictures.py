"""The founding case as pictures: series of the charts with their words, and tables."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from core.templatetags.figures import day, month, number
from planning.demo.base_year import PLAN_START
from planning.demo.company import BASE_YEAR
from planning.demo.story import Told
from planning.engine import Load
from planning.engine.overload import STRAINED, WEEK
from planning.funnel_law import KnownFunnel
from planning.solving import following_months

Chart = dict[str, Any]
MONTHS = following_months(PLAN_START, 12)
FULL = 1.0
NO_STEP = 0.001
"""Of what the leads are worth: less is too small to draw."""
HIGHEST = 4.0
"""Utilisation is drawn up to here: where coaching takes all hours it has no end."""


def short_months() -> list[str]:
    return [month(first, "LLL") for first in MONTHS]


def years_chart(funnel: KnownFunnel) -> Chart:
    """Revenue of the base year and of the year before it, by month."""
    years = (BASE_YEAR - 1, BASE_YEAR)
    series = [funnel.in_window(date(year, 1, 1), 12)[2] for year in years]
    return {
        "labels": short_months(),
        "series": [
            {"name": str(year), "values": values.tolist()}
            for year, values in zip(years, series, strict=True)
        ],
    }


def outcome_chart(told: Told) -> Chart:
    """Bars of revenue: the base year's, the target, what the leads are worth, and what comes."""
    base, (low, high) = told.played.base.revenue, told.revenues
    worth = float(told.played.unlimited.revenue.sum())
    bars = [
        (str(BASE_YEAR), base, base, "base"),
        (_("The target"), told.played.target, told.played.target, "target"),
        (_("Leads × rate"), worth, worth, "worth"),
        (_("What comes"), low, high, "comes"),
    ]
    return {
        "labels": [name for name, *_rest in bars],
        "bars": [
            {"low": lowest, "high": highest, "kind": kind, "text": _span(lowest, highest, base)}
            for _name, lowest, highest, kind in bars
        ],
        "base": base,
        "words": {"times": _("× 2001")},
    }


def _span(low: float, high: float, base: float) -> str:
    """1.38 – 1.84 ×, the ends in the order of size."""
    few, many = number(low / base, 2), number(high / base, 2)
    return f"{few} ×" if few == many else f"{few} – {many} ×"


def load_chart(told: Told) -> Chart:
    """Hours of the work that falls due over hours there, by week of 2002."""
    kind = told.played.band.kind
    weeks = kind.needed_daily.shape[1] // WEEK
    starts = [PLAN_START + timedelta(days=WEEK * week) for week in range(weeks)]
    return {
        "labels": [day(start) for start in starts],
        "ticks": [month(start, "LLL") for start in starts],
        "values": _weekly_share(kind, weeks),
        "strained": STRAINED,
        "full": FULL,
        "words": {
            "load": _("work over hours"),
            "full": _("100 %: work is left over"),
            "strained": _("85 %: waiting begins to grow"),
        },
    }


def _weekly_share(load: Load, weeks: int) -> list[float]:
    needed, there = (
        hours[0, : weeks * WEEK].reshape(weeks, WEEK).sum(axis=1)
        for hours in (load.needed_daily, load.available_daily)
    )
    share = np.divide(needed, there, out=np.full(weeks, np.inf), where=there > 0)
    return [float(value) for value in np.minimum(share, HIGHEST)]


def waiting_chart(told: Told) -> Chart:
    """Customers who wait at each month's end, at either end of whom people serve first."""
    band = told.played.band
    return {
        "labels": short_months(),
        "kind": band.kind.waiting.sum(axis=0).tolist(),
        "harsh": band.harsh.waiting.sum(axis=0).tolist(),
        "words": {"kind": freshest_first(), "harsh": first_come(), "waiting": _("waiting")},
    }


def freshest_first() -> str:
    return _("freshest first")


def first_come() -> str:
    return _("first come, first served")


def waterfall_chart(told: Told) -> Chart:
    """From what the leads are worth to what comes, cause by cause, in CNY."""
    steps = _falls(told)
    return {
        "labels": [name for name, *_rest in steps],
        "steps": [
            {"from": before, "to": after, "is_total": before == 0} for _name, before, after in steps
        ],
        "target": told.played.target,
        "words": {"target": _("target")},
    }


def _falls(told: Told) -> list[tuple[str, float, float]]:
    """(name, from, to); what changes nothing to speak of is no step."""
    band = told.played.band
    worth, able, kind, harsh = (
        float(course.revenue.sum())
        for course in (told.played.unlimited, told.able, band.kind, band.harsh)
    )
    learning = _("learning") if told.choice.is_trained else _("never trained")
    nothing = NO_STEP * worth
    causes = [(_("too few hours"), worth, able), (learning, able, kind)]
    steps = [(_("leads × rate"), 0.0, worth)]
    steps += [cause for cause in causes if abs(cause[1] - cause[2]) > nothing]
    if abs(kind - harsh) <= nothing:
        return [*steps, (_("what comes"), 0.0, kind)]
    return [
        *steps,
        (freshest_first(), 0.0, kind),
        (_("all wait"), kind, harsh),
        (_("first come first"), 0.0, harsh),
    ]


def hours_chart(told: Told) -> Chart:
    """Hours spent by month on each part of the funnel, and the hours that all leads ask for."""
    base, kind = told.played.base, told.played.band.kind
    spent = kind.served * base.hours_per_entry[:, None]
    deals = base.law.stages.index("Project")
    asked = base.hours_per_entry @ told.played.unlimited.entries
    return {
        "labels": short_months(),
        "parts": [
            {"name": _("deals"), "part": "closing", "values": spent[deals:].sum(axis=0).tolist()},
            {
                "name": _("customers in talks"),
                "part": "nurturing",
                "values": spent[1:deals].sum(axis=0).tolist(),
            },
            {"name": _("new leads"), "part": "acquisition", "values": spent[0].tolist()},
        ],
        "asked": asked.tolist(),
        "words": {"asked": _("hours that the leads ask for")},
    }
