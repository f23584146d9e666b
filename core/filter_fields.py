"""Filters of a list that hold as well where what they name is not offered."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.api.fields import id_of

# What a filter is called whose value the reader may not see, or nobody can any more.
UNSEEN = _("Not visible to you")
GONE = _("No longer there")


@dataclass(frozen=True)
class Unoffered:
    """What the address names beyond what is offered: ``name`` says as much of it as may be told."""

    pk: int
    name: str


class FilterField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice that holds as well where it is not offered, as an address outlives what it names.

    ``nameable`` are rows whose names everybody may read; of others ``untold`` is said.
    """

    def __init__(self, nameable: QuerySet[Any], *, untold: Any, **kwargs: Any) -> None:
        super().__init__(nameable.none(), required=False, **kwargs)
        self.nameable, self.untold = nameable, untold
        self.unoffered: Unoffered | None = None

    def offer(self, rows: Any, nothing: Any) -> None:
        self.queryset, self.empty_label = rows, nothing
        # A list is counted before it is read; what a call returns is just read, when it is shown.
        self.choices = lambda: [("", nothing), *((row.pk, str(row)) for row in rows), *self._more()]

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except forms.ValidationError:
            pk = id_of(str(value))
            if pk is None:
                raise
        row = self.nameable.filter(pk=pk).first()
        name = _("%(name)s (out of use)") % {"name": row} if row else self.untold
        self.unoffered = Unoffered(pk, str(name))
        return self.unoffered

    def _more(self) -> list[tuple[int, str]]:
        return [(self.unoffered.pk, self.unoffered.name)] if self.unoffered else []
