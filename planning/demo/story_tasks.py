"""What is left to do with the product's own controls, by what the database holds."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from core.templatetags.figures import number
from planning.demo.base_year import PLAN_START
from planning.demo.founding import PIPELINE
from planning.demo.seeding import PLAN
from planning.demo.story_words import money
from planning.models import Plan, Staff

KEPT = ("reachable", "tight")


@dataclass(frozen=True)
class Step:
    """Something to do: ``found`` says by what it is done, and ``place`` which page is for it."""

    title: str
    text: str
    place: str
    found: str = ""
    plan: Plan | None = None

    @property
    def is_done(self) -> bool:
        return bool(self.found)


def demo_plan(user: User) -> Plan | None:
    """The draft that came with the company, however often it was changed since."""
    plans = _plans(user).filter(name=PLAN)
    return plans.order_by("pk").first()


def _plans(user: User) -> QuerySet[Plan]:
    plans = Plan.objects.visible_to(user).filter(pipeline__name=PIPELINE, year=PLAN_START.year)
    return plans.select_related("pipeline").order_by("-updated_at", "-pk")


def steps(user: User) -> list[Step]:
    """The same for everybody who sees the same plans and people. Two queries."""
    plans = list(_plans(user))
    own = next((plan for plan in plans if plan.name != PLAN), None)
    kept = next((plan for plan in plans if _code(plan) in KEPT), None)
    approved = next(
        (plan for plan in plans if plan.status == Plan.Status.APPROVED and _code(plan) in KEPT),
        None,
    )
    return [_own(own), _hired(user), _kept(kept, own), _approved(approved, kept)]


def _code(plan: Plan) -> str:
    return str((plan.solution or {}).get("code", ""))


def _own(own: Plan | None) -> Step:
    return Step(
        _("Make a plan of your own for 2002"),
        _(
            "Choose “New plan”, the year 2002 and the pipeline “New equipment”, and type a target. "
            "The draft “Four times the revenue” stays as it is, to compare with."
        ),
        place="new_plan" if own is None else "plan",
        found=own.name if own else "",
        plan=own,
    )


def _hired(user: User) -> Step:
    hires = Staff.objects.visible_to(user).filter(begins__gt=PLAN_START)
    count = hires.aggregate(n=Sum("headcount"))["n"]
    return Step(
        _("Hire people by plan"),
        _(
            "Under “People and hours”, choose “Person”: role Sales engineer, People 6, Begins "
            "1 February 2002. They count half for three months. The plan's page says below its "
            "hours after which month somebody new no longer pays this year."
        ),
        place="people",
        found=_("%(n)s people begin in 2002") % {"n": number(count)} if count else "",
    )


def _kept(kept: Plan | None, own: Plan | None) -> Step:
    found = ""
    if kept:
        known = {"name": kept.name, "target": money(float(kept.target))}
        found = _("%(name)s: %(target)s") % known
    return Step(
        _("Find a target that can be kept"),
        _(
            "On your plan's page lower the target until the sentence at the top turns from “out of "
            "reach” to “reachable”, then save. It names what limits the year, and what one more "
            "person would be worth."
        ),
        place="plan" if kept or own else "plans",
        found=found,
        plan=kept or own,
    )


def _approved(approved: Plan | None, kept: Plan | None) -> Step:
    return Step(
        _("Approve it"),
        _("An approved plan is what the year is held against, month by month."),
        place="plan" if approved or kept else "plans",
        found=approved.name if approved else "",
        plan=approved or kept,
    )
