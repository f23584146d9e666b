"""What is asked about a file of leads before it is imported."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import NOTHING
from crm.lead_columns import FIELDS, LABELS, USUAL, matched
from crm.lead_tables import ENCODINGS, LeadTable
from crm.models import Source
from crm.services.lead_imports import columns_of_last_import


class LeadFileForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty.")},
    )
    source = forms.ModelChoiceField(
        Source.objects.filter(is_active=True),
        label=_("Source of rows that name none"),
        required=False,
        empty_label=NOTHING,
    )
    encoding = forms.ChoiceField(
        label=_("Encoding"), required=False, choices=[("", _("As found")), *ENCODINGS.items()]
    )
    header = forms.CharField(required=False, max_length=64)
    also = forms.TypedMultipleChoiceField(required=False, coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        also: Any = self.fields["also"]
        # Lines of a file that is not read yet: any number may be one.
        also.valid_value = lambda text: text.isascii() and text.isdecimal() and len(text) < 8


class ColumnsForm(forms.Form):
    """Which column is what: as somebody chooses for this very header, as was chosen when one like
    it was imported last, or as the headings tell."""

    def __init__(self, data: Mapping[str, Any], *, table: LeadTable) -> None:
        self.signature = hashlib.sha256("\0".join(table.header).encode()).hexdigest()
        if data.get("header") != self.signature:
            found = columns_of_last_import(self.signature) or matched(table.header)
            data = {f"column_{name}": str(place) for name, place in found.items()}
        super().__init__(data)
        choices = [("", NOTHING), *_named(table.header)]
        for name in FIELDS:
            self.fields[f"column_{name}"] = forms.ChoiceField(
                label=LABELS[name], choices=choices, required=False
            )

    @property
    def usual(self) -> list[Any]:
        return [self[f"column_{name}"] for name in USUAL]

    @property
    def others(self) -> list[Any]:
        return [self[f"column_{name}"] for name in FIELDS[len(USUAL) :]]

    def columns(self) -> dict[str, int]:
        self.is_valid()
        chosen = {name: self.cleaned_data.get(f"column_{name}", "") for name in FIELDS}
        return {name: int(place) for name, place in chosen.items() if place}


def _named(header: Sequence[str]) -> list[tuple[str, str]]:
    """The columns by their headings; one without is called by its place."""
    return [
        (str(place), heading or str(_("column %(n)s") % {"n": place + 1}))
        for place, heading in enumerate(header)
    ]
