from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from accounts.requests import PersonRequest
from crm.duplicates import possible_duplicates

# The form of a deal calls what it asks of a new customer by longer names.
PREFIX = "customer_"


class TypedForm(forms.Form):
    name = forms.CharField(max_length=200, required=False)
    phone = forms.CharField(max_length=50, required=False)
    website = forms.CharField(max_length=200, required=False)

    @property
    def typed(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


def duplicates(request: PersonRequest) -> HttpResponse:
    """The customers that what is being typed may already be; nothing where there is none."""
    in_deal = f"{PREFIX}name" in request.GET
    form = TypedForm(
        {name: request.GET.get(PREFIX * in_deal + name, "") for name in TypedForm.base_fields}
    )
    found = possible_duplicates(request.user, **form.typed)
    return render(request, "crm/_duplicates.html", {"found": found, "in_deal": in_deal})
