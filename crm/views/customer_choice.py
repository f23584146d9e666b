from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from accounts.requests import PersonRequest
from crm.finders import found_customers
from crm.models import Customer

OFFERED = 8


class ChoiceForm(forms.Form):
    customer_name = forms.CharField(max_length=200, required=False)


def choices(request: PersonRequest) -> HttpResponse:
    """Visible customers nearest to what was typed, and the offer to make a new one."""
    form = ChoiceForm(request.GET)
    text = form.cleaned_data["customer_name"] if form.is_valid() else ""
    found: list[Customer] = []
    if text:
        # Whoever makes a new one is told of those that are like it there.
        found = found_customers(request.user, text, OFFERED, slips=False)
    is_known = any(customer.name.casefold() == text.casefold() for customer in found)
    context = {"text": text, "found": found, "offer_new": bool(text) and not is_known}
    return render(request, "crm/_customer_choices.html", context)
