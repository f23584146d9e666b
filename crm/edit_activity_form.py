"""The form that changes an activity. Validation only; the writes are services."""

from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import RemindBefore, User
from core import clock
from core.forms import NOTHING, MomentField
from crm.activity_forms import ActivityForm
from crm.forms import possible_owners
from crm.models import Activity
from crm.services.activities import end_of_day

WHEN = ("due_at", "all_day", "reminder")


class EditActivityForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is planned says when it is due; what is done, when that was."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    class Meta(ActivityForm.Meta):
        fields = [
            *("kind", "subject", "note", "minutes", "done_at"),
            *(*WHEN, "opportunity", "owner"),
        ]
        labels = ActivityForm.Meta.labels | {"done_at": gettext_lazy("Done on")}
        help_texts = ActivityForm.Meta.help_texts | {"due_at": "", "minutes": ""}
        field_classes = ActivityForm.Meta.field_classes | {"done_at": MomentField}
        widgets = ActivityForm.Meta.widgets | {
            "note": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = self.instance.version
        self.fields["kind"].choices = Activity.Kind.choices  # type: ignore[attr-defined]
        remind = [(value, capfirst(str(label))) for value, label in RemindBefore.choices]
        self.fields["reminder"].choices = [("", _("As in my profile")), *remind]  # type: ignore[attr-defined]
        self._offer_owners(user)
        self._offer_deals(user)
        # What was sent says which of the two it was, whatever became of the activity meanwhile.
        is_done = "done_at" in self.data if self.is_bound else self.instance.done_at is not None
        for name in WHEN if is_done else ("done_at",):
            del self.fields[name]
        if self.instance.all_day and self.instance.due_at:
            day = self.instance.due_at.astimezone(clock.company_zone()).date()
            self.initial["due_at"] = f"{day:%Y-%m-%d}T23:59"

    def _offer_owners(self, user: User) -> None:
        owners = cast("forms.ModelChoiceField[Any]", self.fields["owner"])
        owners.queryset = possible_owners(user, self.instance.owner_id)
        owners.empty_label = NOTHING
        owners.required = self.instance.owner_id is not None and not user.is_manager

    def _offer_deals(self, user: User) -> None:
        """The visible deals of the customer, and the present one; none takes another's away."""
        deals = cast("forms.ModelChoiceField[Any]", self.fields["opportunity"])
        visible = deals.queryset.model.objects.visible_to(user).filter(  # type: ignore[union-attr]
            customer=self.instance.customer_id
        )
        present = self.instance.opportunity_id
        if present and not visible.filter(pk=present).exists():
            del self.fields["opportunity"]
            return
        deals.queryset = visible.current() | visible.filter(pk=present)
        deals.empty_label = NOTHING
        if not deals.queryset.exists():
            del self.fields["opportunity"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_open_task = "due_at" in self.fields and cleaned.get("kind") == Activity.Kind.TASK
        if is_open_task and not cleaned.get("due_at") and "due_at" not in self.errors:
            self.add_error("due_at", _("Say until when the task is to be done."))
        if cleaned.get("done_at") and cleaned["done_at"] > clock.now():
            self.add_error("done_at", _("This day is still to come."))
        return cleaned

    def values(self, stored: Activity) -> dict[str, Any]:
        """What the service takes; a time that was left as it is keeps its seconds."""
        values = {name: self.cleaned_data[name] for name in self.fields if name != "version"}
        if not values.get("done_at"):
            values.pop("done_at", None)
        if values.get("all_day") and values["due_at"]:
            values["due_at"] = end_of_day(timezone.localtime(values["due_at"]).date())
        for name in {"due_at", "done_at"} & set(values):
            was = getattr(stored, name)
            if was and was.replace(second=0, microsecond=0) == values[name]:
                values[name] = was
        return values
