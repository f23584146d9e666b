"""Budgets of channels as they are typed: an amount for each channel and month, or nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from core.forms import AmountField
from planning.channel_budgets import Budgets, Key

AMOUNT = AmountField(min_value=0, max_digits=16, decimal_places=2, required=False)


@dataclass(frozen=True)
class TypedAmount:
    """``amount`` is None where nothing, or nothing that can be read, is typed."""

    text: str = ""
    amount: Decimal | None = None
    error: str = ""

    @classmethod
    def of(cls, text: str) -> "TypedAmount":
        try:
            return cls(text, AMOUNT.clean(text))
        except forms.ValidationError as error:
            return cls(text, error=str(error.messages[0]))

    @classmethod
    def of_amount(cls, amount: Decimal) -> "TypedAmount":
        return cls(AMOUNT.prepare_value(amount), amount)


@dataclass(frozen=True)
class TypedBudgets:
    """``fills``: by channel, what is typed for all months of it and not yet taken over."""

    cells: Mapping[Key, TypedAmount]
    fills: Mapping[int, TypedAmount] = field(default_factory=dict)

    @classmethod
    def of_budgets(cls, budgets: Budgets) -> "TypedBudgets":
        return cls({key: TypedAmount.of_amount(amount) for key, amount in budgets.items()})

    @classmethod
    def of_post(cls, data: QueryDict, keys: Iterable[Key]) -> "TypedBudgets":
        """What is typed for ``keys``, the cells that the page shows."""
        keys = list(keys)
        cells = {key: TypedAmount.of(data.get(cell_name(key), "")) for key in keys}
        channels = dict.fromkeys(channel for channel, _month in keys)
        fills = {pk: TypedAmount.of(data.get(f"fill-{pk}", "")) for pk in channels}
        return cls(cells, fills)

    def filled(self, channel: int) -> "TypedBudgets":
        """One amount for all months of a channel; nothing typed lifts its limits."""
        fill = self.fills.get(channel, TypedAmount())
        if fill.error:
            return self
        cell = TypedAmount() if fill.amount is None else TypedAmount.of_amount(fill.amount)
        cells = {key: cell if key[0] == channel else was for key, was in self.cells.items()}
        return TypedBudgets(cells, {pk: was for pk, was in self.fills.items() if pk != channel})

    def refusing_fills(self) -> "TypedBudgets":
        """The same with an error beside what is typed for a row and was not taken over."""
        text = _("Fill the row with this, or clear it.")
        fills = {
            pk: replace(fill, error=fill.error or text) if fill.text.strip() else fill
            for pk, fill in self.fills.items()
        }
        return replace(self, fills=fills)

    @property
    def budgets(self) -> Budgets:
        return {key: cell.amount for key, cell in self.cells.items() if cell.amount is not None}

    @property
    def unreadable(self) -> int:
        typed = [*self.cells.values(), *self.fills.values()]
        return sum(bool(each.error) for each in typed)

    def total(self, channel: int) -> Decimal | None:
        """Of the months that have a limit; None where none of them has."""
        amounts = [amount for (pk, _month), amount in self.budgets.items() if pk == channel]
        return sum(amounts, Decimal(0)) if amounts else None


def cell_name(key: Key) -> str:
    channel, month = key
    return f"amount-{channel}-{month:%Y-%m}"
