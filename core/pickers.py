"""A form field that finds one of thousands by typing."""

from typing import Any

from django import forms
from django.db.models import Model
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.api.fields import id_of


class Picker(forms.TextInput):
    """A hidden key and a search box; ``url`` answers ``?q=`` with the options."""

    template_name = "core/widgets/picker.html"
    input_type = "hidden"

    def __init__(self, url: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.url = url
        self.shown = ""

    # A hidden input inside a visible widget: the field keeps its label.
    is_hidden = False

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        # The forms' own renderer does not know the project's templates.
        return render_to_string(self.template_name, self.get_context(name, value, attrs))

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"] |= {"url": self.url, "shown": self.shown}
        return context


class PickerField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice among the rows of a queryset, shown by a Picker."""

    widget: Any

    def prepare_value(self, value: Any) -> Any:
        """Beside the key, tell the widget what the chosen row is called."""
        if isinstance(value, Model):
            self.widget.shown = str(value)
        elif (pk := id_of(str(value or ""))) and self.queryset is not None:
            self.widget.shown = str(self.queryset.filter(pk=pk).first() or "")
        return super().prepare_value(value)
