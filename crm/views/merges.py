"""Customers that are here twice: found, compared, merged and parted again."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.requests import PersonRequest
from core import clock, toasts
from core.addresses import here
from core.pickers import Picker, PickerField
from core.services.versions import StaleVersion
from crm.duplicates import possible_duplicates
from crm.forms import OPTIONS_URL
from crm.merge_reads import latest_merges, likely_pairs, what_moves
from crm.merging.fields import Difference, differences
from crm.models import Customer, CustomerMerge
from crm.services.merges import check_may_merge, may_merge, merge_customers, undo_merge


class OtherForm(forms.Form):
    """Which customer is the same."""

    other = PickerField(
        Customer.objects.none(), label=gettext_lazy("The same customer"), widget=Picker(OPTIONS_URL)
    )

    def __init__(self, *args: Any, request: PersonRequest, but: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Customer.objects.visible_to(request.user).current().exclude(pk=but)
        self.fields["other"].queryset = rows.select_related("owner", "source", "parent")  # type: ignore[attr-defined]


class ChoiceForm(forms.Form):
    """Whose value stays, field by field, of the two as they were seen."""

    version = forms.IntegerField(min_value=1)
    other_version = forms.IntegerField(min_value=1)

    def __init__(self, *args: Any, different: list[Difference], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = [each.name for each in different]
        for each in different:
            choices = [(choice, choice) for choice in each.choices]
            self.fields[each.name] = forms.ChoiceField(choices=choices, required=False)

    def chosen(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.names if self.cleaned_data[name]}


def merges(request: PersonRequest) -> HttpResponse:
    """Pairs that are likely the same, and what was merged lately."""
    at = clock.now()
    pairs = [
        (pair, may_merge(request.user, (pair.one, pair.other)))
        for pair in likely_pairs(request.user)
    ]
    latest = [
        (each, each.is_young(at=at) and may_merge(request.user, (each.survivor, each.merged)))
        for each in latest_merges(request.user)
    ]
    return render(request, "crm/merges.html", {"pairs": pairs, "latest": latest})


def merge(request: PersonRequest, pk: int) -> HttpResponse:
    """Choose the other one; then see both side by side, choose what stays, and merge."""
    rows = Customer.objects.visible_to(request.user).current()
    survivor = get_object_or_404(rows.select_related("owner", "source", "parent"), pk=pk)
    check_may_merge(request.user, [survivor])
    asked = request.POST if request.method == "POST" else request.GET
    form = OtherForm(asked if "other" in asked else None, request=request, but=pk)
    if not form.is_valid():
        return _choose(request, survivor, form)
    other: Customer = form.cleaned_data["other"]
    if not may_merge(request.user, [other]):
        form.add_error("other", _("This customer is a colleague's. Ask a manager to merge them."))
        return _choose(request, survivor, form)
    different = differences(survivor, other)
    if request.method == "POST":
        choice = ChoiceForm(request.POST, different=different)
        return _merge(request, survivor, other, choice)
    context = {"customer": survivor, "other": other, "different": different}
    context["moving"] = what_moves(other)
    return render(request, "crm/merge.html", context)


def _choose(request: PersonRequest, survivor: Customer, form: OtherForm) -> HttpResponse:
    known = {"name": survivor.name, "phone": survivor.phone, "website": survivor.website}
    found = possible_duplicates(request.user, **known, but=survivor.pk)
    near = [each for each in found.seen if may_merge(request.user, [each.customer])]
    context = {"customer": survivor, "form": form, "near": near}
    return render(request, "crm/merge_choose.html", context)


def _merge(
    request: PersonRequest, survivor: Customer, other: Customer, form: ChoiceForm
) -> HttpResponse:
    again = f"{reverse('crm:merge_customer', args=[survivor.pk])}?other={other.pk}"
    if not form.is_valid():
        toasts.refused(request, _("The two have changed since. Look at them again."))
        return redirect(again)
    survivor.version = form.cleaned_data["version"]
    other.version = form.cleaned_data["other_version"]
    try:
        done = merge_customers(survivor, other, by=request.user, fields=form.chosen())
    except (ValidationError, StaleVersion) as error:
        toasts.refused(request, _said(error))
        return redirect(again)
    text = _("%(other)s is %(name)s now.") % {"other": other.name, "name": done.survivor.name}
    toasts.done(request, text, undo=reverse("crm:undo_merge", args=[done.pk]))
    return redirect("crm:customer", survivor.pk)


@require_POST
def undo(request: PersonRequest, pk: int) -> HttpResponse:
    rows = CustomerMerge.objects.visible_to(request.user).select_related("survivor", "merged")
    found = get_object_or_404(rows, pk=pk)
    check_may_merge(request.user, (found.survivor, found.merged))
    try:
        undo_merge(found, by=request.user)
    except (ValidationError, StaleVersion) as error:
        toasts.refused(request, _said(error))
    else:
        names = {"name": found.merged.name}
        toasts.done(request, _("%(name)s is a customer of its own again.") % names)
    return redirect(here(request))


def _said(error: Exception) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
