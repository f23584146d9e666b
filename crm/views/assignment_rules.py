"""How leads are assigned and until when they are answered; written by managers."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import managers_only
from accounts.requests import PersonRequest
from core import toasts
from core.dialogs import render_dialog
from core.once import once
from core.services.versions import StaleVersion
from crm.lead_forms import WEEKDAYS, RuleForm, TargetForm, TryForm
from crm.models import AssignmentRule
from crm.response_time import response_target
from crm.services import assignment_rules as services
from crm.services.leads import update_target


@managers_only
def rules(request: PersonRequest) -> HttpResponse:
    """The rules in their order, the target, and a lead to try them with."""
    tried = TryForm(request.GET if "try" in request.GET else None)
    context = {"try_form": tried, "is_tried": tried.is_bound}
    if tried.is_bound and tried.is_valid():
        context["choice"] = services.choose(**tried.values())
    if request.htmx.target == "tried":
        return render(request, "crm/_rule_tried.html", context)
    target, names = response_target(), dict(WEEKDAYS)
    rows = services.current_rules().select_related("person", "team").prefetch_related("sources")
    context |= {"rules": rows, "target": target, "days": [names[n] for n in target.weekdays]}
    return render(request, "crm/assignment_rules.html", context)


@managers_only
@once
def edit_rule(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    rule = get_object_or_404(AssignmentRule, pk=pk) if pk else None
    form = RuleForm(request.POST or None, instance=rule or AssignmentRule(), user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            if rule is None:
                services.create_rule(by=request.user, **form.values())
            else:
                # The form wrote into its instance; the service compares with what is stored.
                stored = get_object_or_404(AssignmentRule, pk=pk)
                stored.version = form.cleaned_data["version"] or stored.version
                services.update_rule(stored, by=request.user, **form.values())
        except StaleVersion as stale:
            form.add_error(None, str(stale))
        else:
            toasts.done(request, _("Saved."))
            return redirect("crm:assignment_rules")
    title = _("Rule “%(name)s”") % {"name": rule.name} if rule and rule.name else _("New rule")
    context = {"form": form, "rule": rule}
    return render_dialog(request, "crm/_rule_form.html", context, title=title)


@managers_only
@require_POST
def move_rule(request: PersonRequest, pk: int, way: str) -> HttpResponse:
    services.move_rule(get_object_or_404(AssignmentRule, pk=pk), up=way == "up", by=request.user)
    return redirect("crm:assignment_rules")


@managers_only
@require_POST
def archive_rule(request: PersonRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(AssignmentRule, pk=pk)
    try:
        services.archive_rule(rule, by=request.user)
    except StaleVersion as stale:
        toasts.refused(request, str(stale))
    else:
        undo = reverse("crm:restore_rule", args=[pk])
        text = _("The rule “%(name)s” assigns nothing any more.") % {"name": rule.name}
        toasts.done(request, text, undo=undo)
    return redirect("crm:assignment_rules")


@managers_only
@require_POST
def restore_rule(request: PersonRequest, pk: int) -> HttpResponse:
    services.restore_rule(get_object_or_404(AssignmentRule, pk=pk), by=request.user)
    return redirect("crm:assignment_rules")


@managers_only
def edit_target(request: PersonRequest) -> HttpResponse:
    form = TargetForm(request.POST or None, instance=response_target())
    if request.method == "POST" and form.is_valid():
        stored = response_target()
        stored.version = form.cleaned_data["version"] or stored.version
        try:
            update_target(stored, by=request.user, **form.values())
        except StaleVersion as stale:
            form.add_error(None, str(stale))
        else:
            toasts.done(request, _("Saved. It holds for leads that come from now on."))
            return redirect("crm:assignment_rules")
    title = _("Time to the first response")
    return render_dialog(request, "crm/_target_form.html", {"form": form}, title=title)
