"""Roles, people and channels: writes of what a plan may use."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from accounts.models import User
from core.services import audit
from core.services.versions import StaleVersion, save_versioned, update_versioned
from planning.models import Channel, ChannelTier, Holiday, JobRole
from planning.services.efforts import Row, change_efforts


@transaction.atomic
def create_role(
    *,
    by: User,
    efforts: Mapping[Row, tuple[float, float]] = {},
    use_measured: Mapping[Row, bool] = {},
    **fields: Any,
) -> JobRole:
    """A new role; ``efforts`` are its hours for each and hours a month, by stage.

    ``use_measured`` says of stages whether measured hours go before typed ones. Raises
    ValidationError beside the field that is wrong.
    """
    role = JobRole(**fields)
    role.full_clean()
    role.save(force_insert=True)
    audit.record("create", role, by=by, changes={"name": [None, role.name]})
    change_efforts(role, typed=efforts, use_measured=use_measured)
    return role


@transaction.atomic
def update_role(
    role: JobRole,
    *,
    by: User,
    efforts: Mapping[Row, tuple[float, float]] | None = None,
    use_measured: Mapping[Row, bool] = {},
    **fields: Any,
) -> JobRole:
    """Change a role and, where they are given, its hours by stage. Raises StaleVersion.

    ``efforts`` are all typed hours there shall be; ``use_measured`` may name some stages only.
    """
    changes = update_versioned(role, fields)
    told = change_efforts(role, typed=efforts, use_measured=use_measured)
    if told and not changes:
        # The role's version also stands for its hours.
        save_versioned(role, fields=["name"])
    changes |= told
    if changes:
        audit.record("update", role, by=by, changes=changes)
    return role


@transaction.atomic
def create_channel(
    *, by: User, tiers: Sequence[tuple[float, Decimal]] = (), **fields: Any
) -> Channel:
    """A source as a supply of leads, with its (leads a month, cost of each), any order."""
    channel = Channel(**fields)
    channel.full_clean()
    channel.save(force_insert=True)
    audit.record("create", channel, by=by, changes={"source": [None, channel.source]})
    _set_tiers(channel, tiers)
    return channel


@transaction.atomic
def update_channel(
    channel: Channel,
    *,
    by: User,
    tiers: Sequence[tuple[float, Decimal]] | None = None,
    **fields: Any,
) -> Channel:
    """Change a channel and, where they are given, all its tiers. Raises StaleVersion."""
    changes = update_versioned(channel, fields)
    before = tiers_of(channel)
    if tiers is not None and sorted(tiers, key=lambda tier: tier[1]) != before:
        if not changes:
            save_versioned(channel, fields=["lead_months"])
        _set_tiers(channel, tiers)
        changes |= {"tiers": [_priced(before), _priced(tiers)]}
    if changes:
        audit.record("update", channel, by=by, changes=changes)
    return channel


def tiers_of(channel: Channel) -> list[tuple[float, Decimal]]:
    return [(tier.leads_per_month, tier.cost_per_lead) for tier in channel.tiers.all()]


def _priced(tiers: Sequence[tuple[float, Decimal]]) -> str:
    return "; ".join(f"{leads:g} × {cost}" for leads, cost in tiers)


def _set_tiers(channel: Channel, tiers: Sequence[tuple[float, Decimal]]) -> None:
    channel.tiers.all().delete()
    rows = [
        ChannelTier(channel=channel, leads_per_month=leads, cost_per_lead=cost)
        for leads, cost in sorted(tiers, key=lambda tier: tier[1])
    ]
    for row in rows:
        row.full_clean(exclude=["channel"])
    ChannelTier.objects.bulk_create(rows)
    getattr(channel, "_prefetched_objects_cache", {}).pop("tiers", None)


@transaction.atomic
def delete_means(row: models.Model, *, by: User) -> None:
    """Delete a role, channel or staff row that nothing else refers to.

    Raises ProtectedError where something does, StaleVersion where somebody changed it meanwhile.
    """
    version = getattr(row, "version")  # noqa: B009  (of whichever model)
    current = type(row)._default_manager.select_for_update().filter(pk=row.pk, version=version)
    if not current.exists():
        raise StaleVersion
    audit.record("delete", row, by=by, changes={"name": [str(row), None]})
    row.delete()


@transaction.atomic
def add_holidays(days: Sequence[tuple[date, str, bool]], *, by: User) -> int:
    """Keep (day, name, whether it is worked instead) beside those known; how many are new."""
    known = set(
        Holiday.objects.filter(day__in=[day for day, _name, _worked in days]).values_list(
            "day", flat=True
        )
    )
    new = [
        Holiday(day=day, name=name, is_workday=worked)
        for day, name, worked in days
        if day not in known
    ]
    for holiday in Holiday.objects.bulk_create(new):
        audit.record("create", holiday, by=by, changes={"name": [None, str(holiday)]})
    return len(new)
