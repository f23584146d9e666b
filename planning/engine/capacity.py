"""How many hours people have: ramp of the new, attrition, holidays, and training that others give.

A person who starts on day a and is meant to leave on day e is still there on day t with
probability (1 - attrition)^((t - max(a, 0)) / 365.25): nobody is lost before `as_of` who is
known to be there. In the k-th month of service (months of 30.4375 days) ramp[k] of the hours
count, after the ramp all. While it lasts, others in the role give training hours.

Hours of a month are its work days, spread evenly over its days, so months are cut by days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planning.engine.law import Floats, Ints
from planning.engine.means import InvalidMeans, Workforce
from planning.engine.window import DAYS_PER_MONTH, PlanWindow

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, eq=False)
class People:
    """The people known at `as_of`, those included who will start later.

    role: int[n], index into the terms' names; start: float[n], days from `as_of` (negative:
        already here, how long matters only for the ramp); end: float[n], inf where none is
        known; share: float[n] of full time.

    Raises InvalidMeans where lengths differ or a number is missing.
    """

    role: Ints
    start: Floats
    end: Floats
    share: Floats

    def __post_init__(self) -> None:
        columns = (self.role, self.start, self.end, self.share)
        if any(column.shape != (self.role.size,) for column in columns):
            raise InvalidMeans("role, start, end and share differ in length")
        if np.isnan(self.start).any() or np.isnan(self.end).any():
            raise InvalidMeans("a person has no start or end")
        if not np.all((self.share >= 0) & np.isfinite(self.share)):
            raise InvalidMeans("a share of full time is a number, zero or more")

    @classmethod
    def none(cls) -> People:
        return cls(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0))


@dataclass(frozen=True, eq=False)
class RoleTerms:
    """On what terms people of R roles work and are hired.

    hours_per_day: float[R], per work day at full time; pay_per_month: float[R], full time.
    recruiting_cost: float[R], per hire; ramp: float[R, K], share of full hours in the first K
        months of service (pad with 1 where a role needs fewer).
    attrition_per_year: float[R], share of people who leave within a year, below 1.
    training_hours: float[R], hours a month that others lose for each newcomer whose ramp lasts.
    notice_days: float[R], days from `as_of` before which no hire can begin.
    most_hires: float[R], most hires a month, inf where there is no limit.
    overtime_share, overtime_cost: float[R], as in Workforce.

    Raises InvalidMeans where shapes disagree or a number is out of range.
    """

    names: tuple[str, ...]
    hours_per_day: Floats
    pay_per_month: Floats
    recruiting_cost: Floats
    ramp: Floats
    attrition_per_year: Floats
    training_hours: Floats
    notice_days: Floats
    most_hires: Floats
    overtime_share: Floats
    overtime_cost: Floats

    def __post_init__(self) -> None:
        for name, array in vars(self).items():
            if name == "names":
                continue
            shape = array.shape[:1] if name == "ramp" and array.ndim == 2 else array.shape
            if shape != (len(self.names),):
                raise InvalidMeans(f"{name} has shape {array.shape} for {len(self.names)} roles")
            if not np.all(array >= 0):
                raise InvalidMeans(f"{name} holds a negative or missing value")
        if not (np.all(self.ramp <= 1) and np.all(self.attrition_per_year < 1)):
            raise InvalidMeans("a ramp is at most 1, an attrition below 1")


def workforce(people: People, terms: RoleTerms, window: PlanWindow, work_days: Floats) -> Workforce:
    """Expected hours and costs of the people known, and what one more hire would bring.

    work_days: float[M], of each whole month after holidays. Hires begin on the first day of
    their month, of the month of `as_of` today. Where nobody is there to train a newcomer, no
    training is lost.
    """
    if work_days.shape != (window.months,) or not np.all(work_days >= 0):
        raise InvalidMeans("there is a number of work days for each month")
    if people.role.size and not 0 <= people.role.min() <= people.role.max() < len(terms.names):
        raise InvalidMeans("a person has a role that has no terms")
    known = _service(terms, people.role, people.start, people.end, window)
    available = _available(people, terms, known, window, work_days)
    paid = people.share[:, None] * terms.pay_per_month[people.role, None]
    hire_hours, hire_cost, most_hires = _hires(terms, window, work_days, available)
    return Workforce(
        roles=terms.names,
        available=available,
        payroll=_by_role(people.role, paid * known.present / np.diff(window.edges), terms),
        hire_hours=hire_hours,
        hire_cost=hire_cost,
        most_hires=most_hires,
        overtime_share=terms.overtime_share,
        overtime_cost=terms.overtime_cost,
    )


@dataclass(frozen=True, eq=False)
class _Service:
    """Expected days of service of n people by month, float[n, M]: all of them, weighted with
    the ramp, and those before its end (new), also weighted (new_ramped)."""

    present: Floats
    ramped: Floats
    new: Floats
    new_ramped: Floats


def _service(
    terms: RoleTerms, role: Ints, start: Floats, end: Floats, window: PlanWindow
) -> _Service:
    hazard = -np.log1p(-terms.attrition_per_year[role])[:, None, None] / DAYS_PER_YEAR
    step = np.concatenate([terms.ramp[role], np.ones((role.size, 1))], axis=1)
    begins = start[:, None] + DAYS_PER_MONTH * np.arange(step.shape[1])
    ends = np.concatenate([begins[:, 1:], np.full((role.size, 1), np.inf)], axis=1)
    entered = np.maximum(start, 0.0)[:, None]
    first = np.maximum(begins, entered)
    last = np.maximum(np.minimum(ends, end[:, None]), first)
    at = np.clip(window.edges, first[:, :, None], last[:, :, None]) - entered[:, :, None]
    days = np.diff(_expected_days(at, hazard), axis=2)
    new = days * (step < 1)[:, :, None]
    return _Service(
        present=days.sum(axis=1),
        ramped=np.einsum("nk,nkm->nm", step, days),
        new=new.sum(axis=1),
        new_ramped=np.einsum("nk,nkm->nm", step, new),
    )


def _expected_days(days: Floats, hazard: Floats) -> Floats:
    """Expected days served of the next `days`, if people leave at a constant hazard a day."""
    leaving = np.where(hazard > 0, hazard, 1.0)
    return np.asarray(np.where(hazard > 0, -np.expm1(-leaving * days) / leaving, days))


def _available(
    people: People, terms: RoleTerms, known: _Service, window: PlanWindow, work_days: Floats
) -> Floats:
    """float[R, M]: hours of newcomers, and of the others less what they give to train them."""
    per_day = work_days / np.diff(window.edges)
    full = people.share[:, None] * terms.hours_per_day[people.role, None] * per_day
    new = _by_role(people.role, known.new_ramped * full, terms)
    others = _by_role(people.role, (known.ramped - known.new_ramped) * full, terms)
    given = _by_role(people.role, known.new, terms) / DAYS_PER_MONTH
    return np.asarray(new + np.maximum(others - terms.training_hours[:, None] * given, 0.0))


def _hires(
    terms: RoleTerms, window: PlanWindow, work_days: Floats, available: Floats
) -> tuple[Floats, Floats, Floats]:
    """Hours float[R, M, M] and cost float[R, M] of one hire by month of start, and most hires."""
    roles, months = len(terms.names), window.months
    begin = np.maximum(window.edges[:-1], 0.0)
    role = np.repeat(np.arange(roles), months)
    one = _service(terms, role, np.tile(begin, roles), np.full(role.size, np.inf), window)
    length = np.diff(window.edges)
    own = one.ramped * terms.hours_per_day[role, None] * work_days / length
    given = terms.training_hours[role, None] * one.new / DAYS_PER_MONTH
    hours = own - np.minimum(given, available[role])
    pay = terms.pay_per_month[role] * (one.present / length).sum(axis=1)
    possible = (window.edges[1:] > 0) & (begin >= terms.notice_days[:, None])
    cost = terms.recruiting_cost[:, None] + pay.reshape(roles, months)
    return (
        hours.reshape(roles, months, months),
        cost,
        np.where(possible, terms.most_hires[:, None], 0.0),
    )


def _by_role(role: Ints, per_person: Floats, terms: RoleTerms) -> Floats:
    total = np.zeros((len(terms.names), per_person.shape[1]))
    np.add.at(total, role, per_person)
    return total
