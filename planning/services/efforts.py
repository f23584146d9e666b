"""Hours of a role by stage: typed ones, and which are used."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from accounts.models import User
from core.services import audit
from core.services.versions import save_versioned
from planning.models import JobRole, StageEffort

Row = tuple[str, int]
"""Kind (customer or opportunity) and id of a stage."""


def efforts_of(role: JobRole) -> dict[Row, tuple[float, float]]:
    """The typed hours for each and hours a month, of stages that have any."""
    return {
        row_of(effort): (effort.per_entry, effort.per_month)
        for effort in role.efforts.all()
        if effort.per_entry or effort.per_month
    }


def row_of(effort: StageEffort) -> Row:
    kind, stage = effort.row
    return kind, int(stage or 0)


def new_effort(role: JobRole, row: Row) -> StageEffort:
    kind, stage = row
    return StageEffort(
        role=role,
        lifecycle_stage_id=stage if kind == "customer" else None,
        pipeline_stage_id=stage if kind == "opportunity" else None,
    )


def change_efforts(
    role: JobRole,
    *,
    typed: Mapping[Row, tuple[float, float]] | None = None,
    use_measured: Mapping[Row, bool] = {},
) -> dict[str, list[Any]]:
    """Set all ``typed`` hours, where they are given, and of some stages which hours are used.

    What changed, for the audit; nothing is written where nothing does. Within the caller's
    transaction. Raises ValidationError.
    """
    if typed is None and not use_measured:
        return {}
    # The worker writes measured hours into the same rows.
    list(JobRole.objects.select_for_update().filter(pk=role.pk))
    forget_read_efforts(role)
    known = {row_of(effort): effort for effort in role.efforts.all()}
    before = _readable(known.values())
    named = [*(typed or ()), *use_measured]
    wanted = {row: new_effort(role, row) for row in named} | known
    changed: list[StageEffort] = []
    for row, effort in wanted.items():
        stood = (effort.per_entry, effort.per_month, effort.is_measured)
        if typed is not None:
            effort.per_entry, effort.per_month = typed.get(row, (0.0, 0.0))
        effort.is_measured = use_measured.get(row, effort.is_measured)
        if stood != (effort.per_entry, effort.per_month, effort.is_measured):
            effort.clean_fields()
            changed.append(effort)
    if not changed:
        return {}
    _write(changed)
    forget_read_efforts(role)
    return {"efforts": [before, _readable(role.efforts.all())]}


@transaction.atomic
def use_measured_hours(
    role: JobRole, rows: Iterable[Row], *, by: User | None, measured: bool = True
) -> list[Row]:
    """Let the measured hours of some stages be used, or the typed ones; whose choice changed.

    Raises StaleVersion.
    """
    stood = {row_of(effort): effort.is_measured for effort in role.efforts.all()}
    wanted = {row: measured for row in rows if row in stood}
    changes = change_efforts(role, use_measured=wanted)
    if not changes:
        return []
    save_versioned(role, fields=["name"])
    audit.record("update", role, by=by, changes=changes)
    return [row for row in wanted if stood[row] != measured]


def forget_read_efforts(role: JobRole) -> None:
    """What was read before with the role is no longer true."""
    getattr(role, "_prefetched_objects_cache", {}).pop("efforts", None)


def _write(changed: list[StageEffort]) -> None:
    """Rows that say nothing any more go; the others are kept up to date or made."""
    said = [each for each in changed if _says_something(each)]
    StageEffort.objects.filter(
        pk__in=[each.pk for each in changed if each.pk and not _says_something(each)]
    ).delete()
    StageEffort.objects.bulk_create([each for each in said if not each.pk])
    StageEffort.objects.bulk_update(
        [each for each in said if each.pk], ["per_entry", "per_month", "is_measured"]
    )


def _says_something(effort: StageEffort) -> bool:
    typed = effort.per_entry or effort.per_month
    measured = effort.measured is not None or bool(effort.measured_by_pipeline)
    return bool(typed or effort.is_measured or measured)


def _readable(efforts: Iterable[StageEffort]) -> str:
    return "; ".join(
        f"{kind} {stage}: {each.per_entry:g} + {each.per_month:g}"
        + (" (measured)" if each.is_measured else "")
        for each in efforts
        for kind, stage in [each.row]
        if each.per_entry or each.per_month or each.is_measured
    )
