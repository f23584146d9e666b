"""Forms of the filters over deals."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from core.filter_fields import GONE, UNSEEN, FilterField
from core.forms import AmountField, DayField
from crm.models import Product, Source
from pipeline.models import Pipeline, Stage

RANGED = ("amount_min", "amount_max", "expected_from", "expected_to")


class DealFilterForm(forms.Form):
    """Filters of the board and the list; they stand in the address."""

    q = forms.CharField(label=_("Text"), max_length=100, required=False)
    owner = FilterField(User.objects.none(), label=_("Owner"), untold=UNSEEN)
    team = FilterField(Team.objects.none(), label=_("Team"), untold=UNSEEN)
    source = FilterField(Source.objects.all(), label=_("Source"), untold=GONE)
    product = FilterField(Product.objects.all(), label=_("Product"), untold=GONE)
    amount_min = AmountField(
        label=_("Amount from"), max_digits=16, decimal_places=2, required=False
    )
    amount_max = AmountField(label=_("Amount to"), max_digits=16, decimal_places=2, required=False)
    expected_from = DayField(label=_("Expected to close from"), required=False)
    expected_to = DayField(label=_("Expected to close by"), required=False)
    rotting = forms.BooleanField(label=_("Too long in their stage"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.whose_records_are_visible_to(user).only("name", "email")
        self._offer("owner", people, _("All owners"))
        teams = Team.objects.all() if user.is_admin else Team.objects.filter(pk__in=user.team_ids)
        self._offer("team", teams, _("All teams"))
        self._offer("source", Source.objects.filter(is_active=True), _("All sources"))
        self._offer("product", Product.objects.filter(is_active=True), _("All products"))
        for field in self.fields.values():
            field.widget.attrs.setdefault("aria-label", field.label)
            if isinstance(field, forms.ChoiceField):
                field.widget.attrs["class"] = "form-select"

    @classmethod
    def chosen_in(cls, data: QueryDict, *, user: User) -> dict[str, Any]:
        """What is ``chosen`` in ``data``, for pages that show no form; mostly that is nothing."""
        is_any = any(data.get(name) for name in cls.base_fields)
        return cls(data, user=user).chosen if is_any else {}

    def _offer(self, name: str, rows: Any, nothing: Any) -> None:
        cast("FilterField", self.fields[name]).offer(rows, nothing)

    def clean(self) -> None:
        for low, high, text in (
            ("amount_min", "amount_max", _("This is less than the amount it starts from.")),
            ("expected_from", "expected_to", _("This is before the day it starts from.")),
        ):
            start, end = self.cleaned_data.get(low), self.cleaned_data.get(high)
            if start is not None and end is not None and start > end:
                self.add_error(high, text)

    def ranged(self) -> list[forms.BoundField]:
        """The fields that are typed and may be wrong."""
        return [field for field in self if field.name in RANGED]

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters that are set and make sense; a wrong one is marked, the others hold."""
        self.is_valid()
        set_ones = {k: v for k, v in self.cleaned_data.items() if v not in (None, "", False)}
        return {name: getattr(value, "pk", value) for name, value in set_ones.items()}


class ListFilterForm(DealFilterForm):
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", _("Open")),
            ("won", _("Won")),
            ("lost", _("Lost")),
            ("all", _("All")),
            ("archived", _("Archived")),
        ],
    )
    stage = forms.ModelChoiceField(
        Stage.objects.none(), label=_("Stage"), required=False, empty_label=_("All stages")
    )

    def __init__(
        self, *args: Any, user: User, pipeline: Pipeline, stages: Iterable[Stage], **kwargs: Any
    ) -> None:
        super().__init__(*args, user=user, **kwargs)
        field = cast("forms.ModelChoiceField[Stage]", self.fields["stage"])
        field.queryset = pipeline.stages.unmerged()
        own = [(each.pk, each.label) for each in stages if each.merged_into_id is None]
        field.choices = [("", _("All stages")), *own]
