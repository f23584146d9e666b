"""Two people at one plan: what the other saved, said and taken over in the form."""

import json
from dataclasses import replace
from typing import Any, cast

from django.http import QueryDict

from core.conflicts import OtherChange, merge_stale
from core.templatetags.figures import money
from planning.forms import PlanInputs, slider_positions
from planning.models import Plan


def merge_others(form: PlanInputs, plan: Plan, seen_version: int) -> list[OtherChange]:
    """Bring a valid ``form`` that began at ``seen_version`` up to ``plan`` as it is stored now.

    Says what the others changed, in the words of the page.
    """
    typed = _data(form).getlist("shape")
    others = [_readable(other, plan, typed) for other in merge_stale(form, plan, seen_version)]
    data = _data(form)
    taken_over = {other.field for other in others if not other.is_conflict}
    if "target" in taken_over:
        data["target"] = money(plan.target)
    if "shape" in taken_over:
        data.setlist("shape", [str(position) for position in slider_positions(plan.shape)])
    elif typed:
        data.setlist("shape", typed)
    return others


def _data(form: PlanInputs) -> QueryDict:
    return cast("QueryDict", form.data)


def _readable(other: OtherChange, plan: Plan, typed_shape: list[str]) -> OtherChange:
    if other.field == "target":
        before, after = (money(value, plan.currency) for value in (other.before, other.after))
        return replace(other, before=before, after=after)
    if other.field != "shape":
        return other
    before, after = (_sliders(value) for value in (other.before, other.after))
    # Sliders that were not moved are sent as rounded positions, never as the stored weights.
    is_conflict = other.is_conflict and " ".join(typed_shape) not in (before, after)
    return replace(other, before=before, after=after, is_conflict=is_conflict)


def _sliders(recorded: Any) -> str:
    """The audit keeps the weights as Python writes a list of floats."""
    return " ".join(str(position) for position in slider_positions(json.loads(recorded)))
