"""What a plan may use, page by page: people and their hours, channels, holidays."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError, Sum
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import clock, toasts
from core.dialogs import render_dialog
from core.money import MissingExchangeRate
from core.once import once
from core.services.records import create_record, delete_record, update_record
from core.services.versions import StaleVersion, update_versioned
from core.vocabulary import label
from crm.campaign_figures import SourceCost, source_costs
from crm.models import LifecycleStage
from pipeline.models import Pipeline, Stage
from pipeline.selectors import latest_estimate
from pipeline.views.requests import PageRequest, add_errors, pipelines
from planning.forms.holidays import CalendarForm, HolidayForm
from planning.forms.means import ChannelForm, RoleForm, Row, StaffForm
from planning.models import Channel, Holiday, JobRole, Staff
from planning.role_hours import StageHours, role_hours
from planning.services.efforts import efforts_of
from planning.services.means import (
    add_holidays,
    create_channel,
    create_role,
    delete_means,
    tiers_of,
    update_channel,
    update_role,
)
from planning.utilisation import PastHours, past_hours
from planning.views.access import planner

YEAR = 365


def people(request: PageRequest) -> HttpResponse:
    """Roles, who is in them, their hours by stage, and how full the last year was."""
    user = planner(request)
    staff = Staff.objects.visible_to(user).employed().select_related("role", "user", "team")
    heads = JobRole.objects.filter(staff__plan__isnull=True).annotate(n=Sum("staff__headcount"))
    counts = dict(heads.values_list("pk", "n"))
    roles = list(JobRole.objects.prefetch_related("efforts__pipeline_stage"))
    stages = _stages()
    hours = [role_hours(role, stages) for role in roles]
    context = {
        "roles": [
            (each.role, counts.get(each.role.pk, 0), sum(map(_has_hours, each.stages)))
            for each in hours
        ],
        "hours": hours,
        "staff": staff,
        "past": _past_of_pipelines(),
        "currency": settings.COMPANY_CURRENCY,
        "tab": "people",
    }
    return render(request, "planning/people.html", context)


def _has_hours(stage: StageHours) -> bool:
    return any(stage.typed) or stage.uses_measured


def _past_of_pipelines() -> list[tuple[Pipeline, PastHours]]:
    found = []
    for pipeline in pipelines():
        estimate = latest_estimate(pipeline)
        if estimate is not None and JobRole.objects.exists():
            past = past_hours(estimate)
            if past.needed.any():
                found.append((pipeline, past))
    return found


@once
def edit_role(request: PageRequest, pk: int | None = None) -> HttpResponse:
    user = planner(request)
    role = get_object_or_404(JobRole, pk=pk) if pk else None
    efforts, stages = efforts_of(role) if role else {}, _stages()
    form = RoleForm(
        request.POST or None,
        instance=role or JobRole(),
        initial={"version": role.version} if role else {},
        stages=stages,
        efforts=efforts,
        hours=role_hours(role, stages) if role else None,
    )
    if request.method == "POST" and form.is_valid():
        fields, hours = form.fields_of_role(), form.efforts()
        try:
            if role is None:
                create_role(by=user, efforts=hours, **fields)
            else:
                stored = get_object_or_404(JobRole, pk=pk)
                stored.version = form.cleaned_data["version"] or stored.version
                update_role(stored, by=user, efforts=hours, **fields)
        except (ValidationError, StaleVersion) as error:
            _refuse(form, error)
        else:
            return _back(request, "planning:people")
    context = {"form": form, "role": role, "currency": settings.COMPANY_CURRENCY}
    title = role.label if role else _("New job role")
    return render_dialog(request, "planning/_role_form.html", context, title=title)


@once
def edit_staff(request: PageRequest, pk: int | None = None) -> HttpResponse:
    user = planner(request)
    person = get_object_or_404(Staff.objects.visible_to(user), pk=pk) if pk else None
    form = StaffForm(
        request.POST or None,
        instance=person or Staff(),
        initial={"version": person.version} if person else {"begins": clock.today()},
        user=user,
    )
    if request.method == "POST" and form.is_valid():
        fields = form.fields_of_staff()
        try:
            if person is None:
                create_record(Staff, by=user, **fields)
            else:
                stored = get_object_or_404(Staff.objects.visible_to(user), pk=pk)
                stored.version = form.cleaned_data["version"] or stored.version
                update_versioned(stored, fields)
        except (ValidationError, StaleVersion) as error:
            _refuse(form, error)
        else:
            return _back(request, "planning:people")
    context = {"form": form, "row": person, "delete_url": "planning:delete_staff"}
    title = str(person) if person else _("Somebody new")
    return render_dialog(request, "planning/_means_form.html", context, title=title)


def channels(request: PageRequest) -> HttpResponse:
    """Channels with their prices in tiers."""
    planner(request)
    rows = Channel.objects.select_related("source").prefetch_related("tiers")
    real = _real_costs()
    context = {
        "channels": [(channel, real.get(channel.source_id)) for channel in rows],
        "currency": settings.COMPANY_CURRENCY,
        "tab": "channels",
    }
    return render(request, "planning/channels.html", context)


def _real_costs() -> dict[int, SourceCost]:
    """What the leads of each source really cost in the last year; none where that is not known."""
    today = clock.today()
    try:
        found = source_costs(today - timedelta(days=YEAR), today)
    except MissingExchangeRate:
        return {}
    return {row.source.pk: row for row in found.rows if row.source}


@once
def edit_channel(request: PageRequest, pk: int | None = None) -> HttpResponse:
    user = planner(request)
    channel = get_object_or_404(Channel, pk=pk) if pk else None
    form = ChannelForm(
        request.POST or None,
        instance=channel or Channel(),
        initial={"version": channel.version} if channel else {},
        tiers=tiers_of(channel) if channel else [],
    )
    if request.method == "POST" and form.is_valid():
        fields, tiers = form.fields_of_channel(), form.tiers()
        try:
            if channel is None:
                create_channel(by=user, tiers=tiers, **fields)
            else:
                stored = get_object_or_404(Channel, pk=pk)
                stored.version = form.cleaned_data["version"] or stored.version
                update_channel(stored, by=user, tiers=tiers, **fields)
        except (ValidationError, StaleVersion) as error:
            _refuse(form, error)
        else:
            return _back(request, "planning:channels")
    context = {"form": form, "channel": channel, "currency": settings.COMPANY_CURRENCY}
    title = str(channel) if channel else _("New channel")
    return render_dialog(request, "planning/_channel_form.html", context, title=title)


def holiday_list(request: PageRequest) -> HttpResponse:
    """Days on which nobody works, by year."""
    planner(request)
    context = {"holidays": Holiday.objects.order_by("-day"), "tab": "holidays"}
    return render(request, "planning/holidays.html", context)


@once
def edit_holiday(request: PageRequest, pk: int | None = None) -> HttpResponse:
    user = planner(request)
    holiday = get_object_or_404(Holiday, pk=pk) if pk else None
    form = HolidayForm(request.POST or None, instance=holiday or Holiday())
    if request.method == "POST" and form.is_valid():
        try:
            if holiday is None:
                create_record(Holiday, by=user, **form.cleaned_data)
            else:
                update_record(get_object_or_404(Holiday, pk=pk), by=user, **form.cleaned_data)
        except ValidationError as error:
            _refuse(form, error)
        else:
            return _back(request, "planning:holidays")
    context = {"form": form, "row": holiday, "delete_url": "planning:delete_holiday"}
    title = holiday.name if holiday else _("New holiday")
    return render_dialog(request, "planning/_means_form.html", context, title=title)


@once
def fill_calendar(request: PageRequest) -> HttpResponse:
    """Take the public holidays of a country over, beside those that are there."""
    user = planner(request)
    country = "CN" if settings.COMPANY_CURRENCY == "CNY" else "US"
    initial = {"country": country, "year": clock.today().year}
    form = CalendarForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        added = add_holidays(form.days(), by=user)
        toasts.done(request, _("%(n)s days were added.") % {"n": added})
        return redirect("planning:holidays")
    context = {"form": form, "row": None}
    return render_dialog(
        request, "planning/_means_form.html", context, title=_("Public holidays of a country")
    )


@require_POST
def delete(request: PageRequest, pk: int, kind: str) -> HttpResponse:
    """Delete a role, a person, a channel or a holiday."""
    user = planner(request)
    rows: dict[str, tuple[Any, str]] = {
        "role": (JobRole.objects.all(), "planning:people"),
        "staff": (Staff.objects.visible_to(user), "planning:people"),
        "channel": (Channel.objects.all(), "planning:channels"),
        "holiday": (Holiday.objects.all(), "planning:holidays"),
    }
    queryset, page = rows[kind]
    row = get_object_or_404(queryset, pk=pk)
    try:
        (delete_record if kind == "holiday" else delete_means)(row, by=user)
    except ProtectedError:
        toasts.refused(request, _("%(name)s is in use and stays.") % {"name": row})
    else:
        toasts.done(request, _("%(name)s was deleted.") % {"name": row})
    return redirect(page)


def _stages() -> list[tuple[Row, str]]:
    """The open stages of every ladder and pipeline, in order."""
    ladders = LifecycleStage.objects.filter(is_lost=False).exclude(reached_by="deal_won")
    deals = Stage.objects.open().unmerged().filter(pipeline__is_active=True)
    rows: list[tuple[Row, str]] = [(("customer", stage.pk), label(stage.name)) for stage in ladders]
    return rows + [(("opportunity", stage.pk), label(stage.name)) for stage in deals]


def _refuse(form: Form | Any, error: Exception) -> None:
    if isinstance(error, ValidationError):
        add_errors(form, error)
    else:
        form.add_error(None, str(error))


def _back(request: PageRequest, page: str) -> HttpResponse:
    toasts.done(request, _("Saved."))
    return redirect(page)
