"""A target in parts as it is typed: one amount beside each value, as people write them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.http import QueryDict

from core.forms import AmountField

AMOUNT = AmountField(min_value=0, max_digits=18, decimal_places=2, required=False)


@dataclass(frozen=True)
class TypedPart:
    """``amount`` is None where nothing, or nothing that can be read, is typed."""

    value: str
    text: str = ""
    amount: Decimal | None = None
    error: str = ""

    @classmethod
    def of(cls, value: str, text: str) -> "TypedPart":
        try:
            return cls(value, text, AMOUNT.clean(text))
        except forms.ValidationError as error:
            return cls(value, text, error=str(error.messages[0]))


@dataclass(frozen=True)
class TypedTargets:
    parts: Sequence[TypedPart]

    @classmethod
    def of_amounts(cls, amounts: Mapping[str, Decimal | None]) -> "TypedTargets":
        return cls(
            [
                TypedPart(value, "" if amount is None else AMOUNT.prepare_value(amount), amount)
                for value, amount in amounts.items()
            ]
        )

    @classmethod
    def of_post(cls, data: QueryDict) -> "TypedTargets":
        return cls(list(map(TypedPart.of, data.getlist("value"), data.getlist("amount"))))

    @property
    def amounts(self) -> dict[str, Decimal]:
        return {part.value: part.amount for part in self.parts if part.amount is not None}

    @property
    def total(self) -> Decimal:
        return sum(self.amounts.values(), Decimal(0))

    @property
    def unreadable(self) -> int:
        return sum(bool(part.error) for part in self.parts)

    def part(self, value: str) -> TypedPart:
        found = (part for part in self.parts if part.value == value)
        return next(found, TypedPart(value))
