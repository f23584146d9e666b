"""A plan and its scenarios: what they share, and how they go."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.services.records import Kept, delete_versioned
from core.vocabulary import label
from planning.models import Plan

SHARED = ("year", "pipeline", "team", "currency")
"""Of a scenario as of its plan, so that they can be laid side by side."""


def check_shared(plan: Plan, changing: Iterable[str]) -> None:
    """Raises ValidationError beside what would make a plan and its scenarios differ in kind."""
    shared = [name for name in SHARED if name in set(changing)]
    if not shared:
        return
    if plan.scenario_of_id is not None:
        text = _("A scenario has the %(what)s of its plan. Make a plan of its own instead.")
    elif plan.scenarios.exists():
        text = _(
            "The scenarios of this plan have its %(what)s. Delete them first, or make a new plan."
        )
    else:
        return
    raise ValidationError({name: text % {"what": _name_of(name)} for name in shared})


def _name_of(field: str) -> Any:
    return getattr(Plan._meta.get_field(field), "verbose_name", field)


@transaction.atomic
def delete_plan(plan: Plan, *, by: User) -> None:
    """Delete a plan with its scenarios, or a scenario alone.

    Raises Kept where a scenario of the plan is approved, StaleVersion where somebody changed the
    plan meanwhile.
    """
    # Locked, so that none is approved while it goes.
    scenarios = plan.scenarios.select_for_update(of=("self",)).order_by("name")
    approved = [each.name for each in scenarios if each.status == Plan.Status.APPROVED]
    if approved:
        text = _(
            "%(name)s, a scenario of this plan, is approved. Take its approval back first, or "
            "keep the plan."
        )
        raise Kept(text % {"name": label(approved[0])})
    delete_versioned(plan, by=by)
