from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from planning.forms.what_if import WhatIfForm
from planning.models import Assumption, Plan


class ScenarioForm(WhatIfForm):
    """A name, and the reason for what the sliders say where any was moved."""

    name = forms.CharField(
        label=gettext_lazy("Name of the scenario"),
        max_length=Plan._meta.get_field("name").max_length,
        error_messages={"required": gettext_lazy("Give the scenario a name.")},
    )
    reason = forms.CharField(
        required=False, max_length=Assumption._meta.get_field("reason").max_length
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        moved = not self.errors and any(each.is_changed for each in self.tried())
        if moved and not cleaned.get("reason"):
            text = gettext_lazy("Say why: others will read it beside the value.")
            self.add_error("reason", str(text))
        return cleaned
