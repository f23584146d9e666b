from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from accounts.requests import PersonRequest
from crm.duplicates import possible_duplicates

LARGEST_ID = 2**63 - 1
# The form of a deal calls what it asks of a new customer by longer names.
PREFIX = "customer_"
TYPED = ("name", "phone", "website")


class TypedForm(forms.Form):
    name = forms.CharField(max_length=200, required=False)
    phone = forms.CharField(max_length=50, required=False)
    website = forms.CharField(max_length=200, required=False)

    of = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)

    @property
    def typed(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in TYPED}

    @property
    def edited(self) -> int | None:
        """The customer that is being edited, which is no duplicate of itself."""
        self.is_valid()
        edited: int | None = self.cleaned_data.get("of")
        return edited


def duplicates(request: PersonRequest) -> HttpResponse:
    """The customers that what is being typed may already be; nothing where there is none."""
    in_deal = f"{PREFIX}name" in request.GET
    form = TypedForm(
        {name: request.GET.get(PREFIX * in_deal + name, "") for name in TYPED}
        | {"of": request.GET.get("of", "")}
    )
    edited = form.edited
    found = possible_duplicates(request.user, **form.typed, but=edited)
    context = {"found": found, "in_deal": in_deal, "edited": edited}
    return render(request, "crm/_duplicates.html", context)
