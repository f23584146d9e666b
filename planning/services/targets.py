"""Writes of a target's parts: what is said of one dimension adds up to the whole, always."""

import re
from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.services import audit, dirty
from core.services.versions import save_versioned, update_versioned
from core.templatetags.figures import money
from pipeline.services.segments import flag_name
from planning.models import Plan, TargetPart
from planning.models.targets import MONTHS_OF
from planning.rounding import CENT, apportion
from planning.segments import IN_TIME, NOTHING_SAID, REFERRED, Dimension, may_plan
from planning.targets import (
    MOST_PARTS,
    Parts,
    all_parts,
    months_of,
    quarters_of,
    scaled,
    season_of,
    stored_parts,
)

FINE = 1000
IS_ID = re.compile(r"[1-9][0-9]{0,17}").fullmatch


@transaction.atomic
def set_target_parts(plan: Plan, *, by: User, dimension: str, parts: Mapping[str, Decimal]) -> None:
    """Set all parts of one dimension at once, by value; none at all takes the split back.

    Months and quarters are two views of one split: the other follows. The parts of teams that
    ``by`` does not plan stay as they are, and those given make up the rest of the target.

    Raises ValidationError where a part cannot be or the sum is not the target, StaleVersion where
    somebody changed the plan meanwhile.
    """
    before = stored_parts(plan, dimension)
    elsewhere = {v: a for v, a in before.items() if not may_plan(by, dimension, v)}
    wanted = _cleaned(plan, dimension, parts, by) | elsewhere
    _check_sum(plan, wanted)
    if wanted == before:
        return
    changes = _change({dimension: before}, {dimension: wanted})
    if plan.status == Plan.Status.APPROVED:
        # What was approved are other parts.
        changes |= update_versioned(plan, {"status": Plan.Status.DRAFT})
    else:
        save_versioned(plan, fields=[])
    audit.record("update", plan, by=by, changes=changes)
    _store(plan, _both_views(plan, dimension, wanted))
    _ask_for_rates(plan, dimension)


def _ask_for_rates(plan: Plan, dimension: str) -> None:
    """Parts are divided by rates of their own: where there are none yet, they are computed soon."""
    if dimension in IN_TIME:
        return
    if not plan.pipeline.estimates.filter(segment=dimension).exists():
        dirty.mark(flag_name(plan.pipeline_id, dimension))


def split_target(
    plan: Plan, dimension: str, weights: Mapping[str, int | float | Decimal], *, by: User
) -> Parts:
    """What ``by`` may hand out of the target, by ``weights``; nothing is written.

    In amounts as round as the target itself allows, which add up to it to the cent.
    """
    stored = stored_parts(plan, dimension)
    kept = (amount for value, amount in stored.items() if not may_plan(by, dimension, value))
    total = plan.target - sum(kept, Decimal(0))
    unit = _round_unit(total, len(weights))
    shares = apportion(int(total / unit), list(weights.values()))
    return {value: share * unit for value, share in zip(weights, shares, strict=True)}


def _round_unit(total: Decimal, parts: int) -> Decimal:
    """The largest power of ten that divides ``total`` and is below a thousandth of a mean part."""
    unit = CENT
    while unit * FINE * parts * 10 <= total and not total % (unit * 10):
        unit *= 10
    return unit


def rescale_parts(plan: Plan) -> dict[str, list[str]]:
    """Bring all parts into proportion with a changed target; what the audit says of it.

    Part of the transaction that changes the target.
    """
    before = all_parts(plan)
    after = {
        dimension: scaled(parts, plan.target)
        for dimension, parts in before.items()
        if dimension != Dimension.QUARTER
    }
    if Dimension.MONTH in after:
        after[Dimension.QUARTER] = quarters_of(after[Dimension.MONTH])
    if after == before:
        return {}
    _store(plan, after)
    return _change(before, after)


def _both_views(plan: Plan, dimension: str, wanted: Parts) -> dict[str, Parts]:
    if dimension not in IN_TIME:
        return {dimension: wanted}
    if not wanted:
        return {Dimension.MONTH: {}, Dimension.QUARTER: {}}
    months = months_of(wanted, season_of(plan)) if dimension == Dimension.QUARTER else wanted
    return {Dimension.MONTH: months, Dimension.QUARTER: quarters_of(months)}


def _store(plan: Plan, parts: Mapping[str, Parts]) -> None:
    plan.target_parts.filter(dimension__in=list(parts)).delete()
    TargetPart.objects.bulk_create(
        TargetPart(plan=plan, dimension=dimension, value=value, amount=amount)
        for dimension, amounts in parts.items()
        for value, amount in amounts.items()
    )


def _cleaned(plan: Plan, dimension: str, parts: Mapping[str, Decimal], by: User) -> Parts:
    if dimension not in Dimension.values:
        raise ValidationError({"dimension": _("A target is not split by this.")})
    if len(parts) > MOST_PARTS:
        raise ValidationError({"parts": _("Give at most %(n)s parts.") % {"n": MOST_PARTS}})
    for value, amount in parts.items():
        _check_part(TargetPart(plan=plan, dimension=dimension, value=value, amount=amount))
    _check_values(dimension, set(parts), by)
    if dimension in IN_TIME and parts:
        periods = [str(i + 1) for i in range(MONTHS_OF[dimension])]
        return {period: parts.get(period, Decimal(0)).quantize(CENT) for period in periods}
    return {value: amount.quantize(CENT) for value, amount in parts.items()}


def _check_part(part: TargetPart) -> None:
    try:
        part.clean_fields(exclude=["plan"])
        part.clean()
    except ValidationError as error:
        raise ValidationError({"parts": error.messages}) from error


def _check_values(dimension: str, values: set[str], by: User) -> None:
    """Each is one that exists and that ``by`` plans; an unseen team is as good as none."""
    if dimension in IN_TIME:
        unknown = values - {str(i + 1) for i in range(MONTHS_OF[dimension])}
    elif dimension in REFERRED:
        named = values - {NOTHING_SAID}
        ids = [int(value) for value in named if IS_ID(value)]
        rows = REFERRED[dimension].objects.filter(pk__in=ids)
        known = {str(pk) for pk in rows.values_list("pk", flat=True)}
        unknown = {v for v in named if v not in known or not may_plan(by, dimension, v)}
    else:
        unknown = set()
    if unknown:
        text = _("There is no such part: %(values)s.")
        raise ValidationError({"parts": text % {"values": ", ".join(sorted(unknown))}})


def _check_sum(plan: Plan, parts: Parts) -> None:
    missing = plan.target - sum(parts.values(), Decimal(0))
    if not parts or not missing:
        return
    text = (
        _("%(amount)s of the target of %(target)s is still to be handed out.")
        if missing > 0
        else _("The parts are %(amount)s more than the target of %(target)s.")
    )
    figures = {
        "amount": money(abs(missing), plan.currency),
        "target": money(plan.target, plan.currency),
    }
    raise ValidationError({"parts": text % figures})


def _change(
    before: Mapping[str, Mapping[str, Decimal]], after: Mapping[str, Mapping[str, Decimal]]
) -> dict[str, list[str]]:
    return {"target_parts": [_readable(before), _readable(after)]}


def _readable(parts: Mapping[str, Mapping[str, Decimal]]) -> str:
    return "; ".join(
        f"{dimension} {value or '–'}: {amount}"
        for dimension, amounts in parts.items()
        for value, amount in amounts.items()
    )
