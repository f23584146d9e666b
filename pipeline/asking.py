"""Questions about the funnel as an address has them, for pages and API alike."""

import re
from collections.abc import Mapping
from datetime import datetime
from math import inf
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _

from core import clock
from core.api.fields import FIRST_YEAR, LARGEST_ID, LAST_YEAR
from pipeline.among import Among
from pipeline.models import Pipeline
from pipeline.questions import OUTCOMES, AmountBand, Question

NONE = "none"
NARROWED_BY = {
    "owner": "owner",
    "team": "owner__team",
    "source": "source",
    "product": "product",
    "region": "region",
}
NO_BAND = _("Give a band of amounts, as in 50000..200000, or “none”.")
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


class DayOrInstantField(forms.Field):
    """An instant; of a day alone its first, in the company's time zone."""

    def to_python(self, value: Any) -> datetime | None:
        if not value:
            return None
        try:
            day, instant = parse_date(value), None if parse_date(value) else parse_datetime(value)
        except ValueError:
            day = instant = None
        if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR:
            return clock.day_start(day)
        if instant is None or not FIRST_YEAR <= instant.year <= LAST_YEAR:
            raise forms.ValidationError(_("Give a day or an instant, as in 2001-04-01."))
        return timezone.make_aware(instant) if timezone.is_naive(instant) else instant


class MonthField(forms.Field):
    """A month as 2001-03, as its number year * 12 + month - 1."""

    def to_python(self, value: Any) -> int | None:
        if not value:
            return None
        found = MONTH.fullmatch(str(value))
        if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
            raise forms.ValidationError(_("Give a month, as in 2001-03."))
        return int(found[1]) * 12 + int(found[2]) - 1


class IdField(forms.IntegerField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)


class PartyField(forms.CharField):
    """The id of who or what deals belong to, or "none"."""

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "")
        if text and text != NONE and not (text.isascii() and text.isdecimal() and len(text) < 19):
            raise forms.ValidationError(_("Give an id, or “none”."))
        return text


class AmountBandField(forms.Field):
    """Amounts as 50000..200000, an end of which may be open, or "none" for no amount."""

    def to_python(self, value: Any) -> AmountBand | None:
        if not value:
            return None
        if value == NONE:
            return AmountBand(is_unknown=True)
        low, dots, high = str(value).partition("..")
        band = AmountBand(_sum(low), _sum(high))
        if not dots or not (band.low or 0) < (inf if band.high is None else band.high):
            raise forms.ValidationError(NO_BAND)
        return band


def _sum(text: str) -> float | None:
    """None for an open end."""
    try:
        found = float(text or 0)
    except ValueError as error:
        raise forms.ValidationError(NO_BAND) from error
    if not 0 <= found < inf:
        raise forms.ValidationError(NO_BAND)
    return found if text else None


class StayForm(forms.Form):
    """Which stays are asked about; ``question()`` once it is valid."""

    kind = forms.ChoiceField(
        choices=[("opportunity", "opportunity"), ("customer", "customer")], required=False
    )
    stage = IdField(required=False)
    outcome = forms.ChoiceField(choices=[(name, name) for name in OUTCOMES], required=False)
    to = IdField(required=False)
    entered_from = DayOrInstantField(required=False)
    entered_before = DayOrInstantField(required=False)
    as_of = DayOrInstantField(required=False)
    owner = PartyField(required=False)
    team = PartyField(required=False)
    source = PartyField(required=False)
    product = PartyField(required=False)
    region = forms.CharField(max_length=100, required=False, strip=False)
    amount_band = AmountBandField(required=False)
    one_in = IdField(required=False)

    def __init__(self, data: Mapping[str, Any], *, pipeline: Pipeline, as_of: datetime) -> None:
        super().__init__(data)
        self.pipeline, self.default_as_of = pipeline, as_of

    @property
    def is_about_customers(self) -> bool:
        return bool(self.cleaned_data.get("kind") == "customer")

    def clean_as_of(self) -> datetime:
        as_of: datetime | None = self.cleaned_data["as_of"]
        if as_of is not None and as_of > clock.default_as_of():
            raise forms.ValidationError(_("What will have happened by then is not known yet."))
        return as_of or self.default_as_of

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "stage" in data and "outcome" in data and "to" in data:
            self._check_stage(data)
        if self.is_about_customers:
            self._check_customers(data)
        return data

    def _check_customers(self, data: dict[str, Any]) -> None:
        if data.get("product"):
            self.add_error("product", _("A customer has no product."))
        if data.get("amount_band"):
            self.add_error("amount_band", _("A customer has no amount."))
        if data.get("one_in"):
            self.add_error("one_in", _("Of customers all are looked at."))

    def _check_stage(self, data: dict[str, Any]) -> None:
        if data["stage"] is None:
            if data["outcome"] != "won" or data["to"] or self.is_about_customers:
                self.add_error("stage", _("Say of which stage; only wins can be had without."))
            return
        data["stage_row"] = self._stage_row(data["stage"])
        if data["stage_row"] is None:
            self.add_error("stage", _("This pipeline has no such stage, or it is an end."))

    def _stage_row(self, pk: int) -> Any:
        """What was merged counts for what it was merged into."""
        if self.is_about_customers:
            ladder = self.pipeline.ladder
            return ladder.stages.filter(pk=pk).first() if ladder else None
        found = self.pipeline.stages.open().select_related("merged_into").filter(pk=pk).first()
        return found and found.read_as

    def question(self) -> Question:
        data = self.cleaned_data
        return Question(
            pipeline=self.pipeline,
            as_of=data["as_of"],
            stage=data.get("stage_row"),
            outcome=data["outcome"] or None,
            to=data["to"],
            entered_from=data["entered_from"],
            entered_before=data["entered_before"],
            narrowed=self._narrowed(data),
            amounts=data["amount_band"],
        )

    def _narrowed(self, data: dict[str, Any]) -> Q:
        found = Among(every=data["one_in"]).by("pk") if data["one_in"] else Q()
        for name, column in NARROWED_BY.items():
            value = data.get(name)
            if not value:
                continue
            if value == NONE:
                found &= Q(region="") if name == "region" else Q(**{f"{column}__isnull": True})
            else:
                found &= Q(**{column: value})
        return found


class PeriodsForm(forms.Form):
    """Two periods by their first and last months of entry."""

    first_from = MonthField()
    first_to = MonthField()
    second_from = MonthField()
    second_to = MonthField()

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        for side in ("first", "second"):
            begin, end = data.get(f"{side}_from"), data.get(f"{side}_to")
            if begin is not None and end is not None and end < begin:
                self.add_error(f"{side}_to", _("This is before the period begins."))
        return data

    @property
    def sides(self) -> tuple[tuple[int, int], tuple[int, int]]:
        data = self.cleaned_data
        first, second = ((data[f"{side}_from"], data[f"{side}_to"]) for side in ("first", "second"))
        return first, second


class SegmentsForm(forms.Form):
    """Two segments by field and value."""

    field = forms.CharField(max_length=50)
    first = forms.CharField(max_length=200)
    second = forms.CharField(max_length=200)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "first" in data and data["first"] == data.get("second"):
            self.add_error("second", _("Choose another segment than the first."))
        return data
