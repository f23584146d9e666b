"""What is asked when somebody's customers and deals are given to others."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from core.forms import NOTHING
from pipeline.holdings import Holding, holdings_of
from pipeline.services.hand_over import people_to_give, people_to_receive


class HandOverForm(forms.Form):
    """Whoever holds something may be chosen as giver; beside each name stands how much it is."""

    giver = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("who hands over"), empty_label=NOTHING
    )
    receivers = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=gettext_lazy("who gets it"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Several share evenly; a customer's deals stay together."),
        error_messages={"required": gettext_lazy("Choose who gets it.")},
    )
    with_closed = forms.BooleanField(
        label=gettext_lazy("closed deals too"),
        required=False,
        help_text=gettext_lazy("Else they stay with who closed them, as figures by person count."),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = list(people_to_give(by).order_by("name", "id"))
        held = holdings_of(people)
        givers = [each for each in people if held[each.pk] or held[each.pk].closed_deals]
        self.is_empty = not givers
        self._offer("giver", people_to_give(by), [("", NOTHING), *_choices(givers, held)])
        giver = str(self["giver"].value() or "")
        others = [each for each in people if each.is_active and str(each.pk) != giver]
        self._offer("receivers", people_to_receive(by), _choices(others, held))

    def _offer(self, name: str, rows: Any, choices: list[tuple[Any, str]]) -> None:
        field = cast("forms.ModelChoiceField[Any]", self.fields[name])
        field.queryset, field.choices = rows, choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        receivers = cleaned.get("receivers")
        if receivers is not None:
            cleaned["receivers"] = list(receivers)
        return cleaned


def words_of(holding: Holding) -> str:
    """12 customers, 5 deals, 3 tasks; a dash where there is nothing."""
    customers, deals, tasks = holding.customers, holding.deals, holding.activities
    words = [
        customers and ngettext("%(n)s customer", "%(n)s customers", customers) % {"n": customers},
        deals and ngettext("%(n)s open deal", "%(n)s open deals", deals) % {"n": deals},
        tasks and ngettext("%(n)s thing to do", "%(n)s things to do", tasks) % {"n": tasks},
    ]
    return _(", ").join(word for word in words if word) or NOTHING


def _choices(people: Iterable[User], held: dict[int, Holding]) -> list[tuple[Any, str]]:
    return [(each.pk, f"{each.name} ({words_of(held[each.pk])})") for each in people]
