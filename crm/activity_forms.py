"""The form that logs or plans an activity. Validation only; the writes are services."""

from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import RemindBefore, User
from core import clock
from core.forms import NOTHING, MomentField
from crm.models import Activity, Customer
from crm.models.activities import ActivityQuerySet
from crm.named_customer import CustomerNamed
from crm.next_steps import at_hand, planned_by
from crm.services.activities import end_of_day

# What may be planned and then logged; a task is ticked off, and a note is not planned.
PLANNED_KINDS = (Activity.Kind.CALL, Activity.Kind.MEETING, Activity.Kind.EMAIL)
TOLD = ("opportunity", "subject", "note", "minutes")


class ActivityForm(CustomerNamed, forms.ModelForm):  # type: ignore[type-arg]
    """What was or will be done; of a ``customer`` who is known already, also about which deal."""

    # Which planned activity it was, where it was planned.
    planned = forms.ModelChoiceField(
        Activity.objects.none(),
        required=False,
        error_messages={"invalid_choice": _("What was planned has changed meanwhile. Look again.")},
    )

    class Meta:
        model = Activity
        fields = [
            *("customer", "opportunity", "kind", "subject", "note", "minutes"),
            *("due_at", "all_day", "reminder"),
        ]
        labels = {
            "due_at": pgettext_lazy("activity", "Planned for"),
            "minutes": _("Minutes it took"),
            "opportunity": _("About the deal"),
            "all_day": _("All day, at no certain hour"),
        }
        help_texts = {
            "all_day": "",
            "reminder": "",
            "due_at": _("Leave empty for what is done already."),
            "minutes": _("With the way there; empty where you do not know."),
        }
        field_classes = {"due_at": MomentField}
        widgets = {
            "minutes": forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 4}),
            "kind": forms.RadioSelect,
            "note": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tell_customer()
        self.fields["kind"].choices = Activity.Kind.choices  # type: ignore[attr-defined]
        self.fields["kind"].initial = Activity.Kind.CALL
        remind = [(value, capfirst(str(label))) for value, label in RemindBefore.choices]
        self.fields["reminder"].choices = [("", _("As in my profile")), *remind]  # type: ignore[attr-defined]
        self.user = user
        self.fields["planned"].queryset = Activity.objects.visible_to(user).open()  # type: ignore[attr-defined]
        self.fields["subject"].required = not (self.is_report or self._asked("planned"))
        deals = cast("forms.ModelChoiceField[Any]", self.fields["opportunity"])
        deals.queryset, deals.empty_label = self._deals(user), NOTHING
        if not self.is_bound and self.initial.get("opportunity") is None:
            going_on = [deal for deal in deals.queryset if deal.stage.is_open]
            # Proposed, and seen before it is saved: with one deal, most is about it.
            self.initial["opportunity"] = going_on[0] if len(going_on) == 1 else None

    def _tell_customer(self) -> None:
        """Of one that is known already the form has the key alone, and asks for no name."""
        known = self.initial.get("customer")
        if isinstance(known, Customer):
            self.initial.update(customer=known.pk, customer_name=known.name)
        has_key = (self.data if self.is_bound else self.initial).get("customer")
        self.fields["customer_name"].required = "customer_name" in self.data or not has_key

    def _deals(self, user: User) -> Any:
        """The visible deals of the customer, open ones first; none before there is a customer."""
        model: Any = Activity._meta.get_field("opportunity").related_model
        customer = self._asked("customer")
        if not customer:
            return model.objects.none()
        visible = model.objects.visible_to(user).current().select_related("stage")
        found = visible.filter(customer=customer)
        return found.order_by("stage__is_won", "stage__is_lost", "-stage_entered_at", "-pk")

    def _planned(self) -> ActivityQuerySet:
        """What it may have been that is logged here; what is planned here was none of it."""
        kind = self["kind"].value()
        if kind not in PLANNED_KINDS or self["due_at"].value():
            return Activity.objects.none()
        deal = self._asked("opportunity")
        return planned_by(self.user, kind=kind, customer=self._asked("customer"), deal=deal)

    def _asked(self, name: str) -> int:
        """The key that was sent or is proposed; 0, which nothing has, where there is none."""
        known = self.data.get(name) if self.is_bound else self.initial.get(name)
        text = str(getattr(known, "pk", known) or "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0

    @cached_property
    def fitting(self) -> list[Activity]:
        """What is offered as the planned one."""
        return at_hand(self._planned(), at=clock.now())

    @property
    def ticked(self) -> int:
        """Which of them is proposed: the only one that fits."""
        if self.is_bound:
            return self._asked("planned")
        return self.fitting[0].pk if len(self.fitting) == 1 else 0

    @property
    def is_report(self) -> bool:
        """Whether it tells of what was done, and a note is what there is to type."""
        return self["kind"].value() != Activity.Kind.TASK and not self["due_at"].value()

    @cached_property
    def has_deals(self) -> bool:
        return bool(cast("forms.ModelChoiceField[Any]", self.fields["opportunity"]).queryset)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["customer"] = self._customer()
        is_task = cleaned.get("kind") == Activity.Kind.TASK
        if is_task and not cleaned.get("due_at") and "due_at" not in self.errors:
            self.add_error("due_at", _("Say until when the task is to be done."))
        planned = cleaned.get("planned")
        if planned and not self._planned().filter(pk=planned.pk).exists():
            # It was offered before another kind, deal or day was chosen.
            cleaned["planned"] = None
        if not cleaned.get("planned") and not cleaned.get("subject"):
            self._name_it(cleaned)
        return cleaned

    def _customer(self) -> Customer | None:
        found = self.named_customer()
        if found is None and not self.fields["customer_name"].required:
            self.add_error("customer", _("This customer is not there any more. Choose another."))
        return found

    def _name_it(self, cleaned: dict[str, Any]) -> None:
        """Call a report after its kind; what is planned says what about."""
        if "subject" in self.errors or "kind" in self.errors:
            return
        if self.is_report:
            cleaned["subject"] = _name_of(cleaned["kind"])
        else:
            self.add_error("subject", self.fields["subject"].error_messages["required"])

    def values(self) -> dict[str, Any]:
        """What the service takes; a whole day is the one that was typed, whatever the zone."""
        values = {name: self.cleaned_data[name] for name in self.Meta.fields[1:]}
        if values["all_day"] and values["due_at"]:
            values["due_at"] = end_of_day(timezone.localtime(values["due_at"]).date())
        return values

    def told(self) -> dict[str, Any]:
        """What was typed about a planned activity; its own subject stays where none was typed."""
        given = {name: self.cleaned_data[name] for name in TOLD}
        told = {name: value for name, value in given.items() if value not in (None, "")}
        if told.get("subject") == _name_of(self.cleaned_data["kind"]):
            del told["subject"]
        return told


def _name_of(kind: str) -> str:
    return capfirst(str(Activity.Kind(kind).label))
