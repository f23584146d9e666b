"""Rates by segment for one reader: in words, and as far as the reader may see whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.templatetags.figures import short_money
from core.vocabulary import label as shipped
from pipeline.models import Estimate
from pipeline.segment_words import sentences
from pipeline.segmenting import field_label
from pipeline.selectors import estimate_document

NOTHING = {
    "team": gettext_lazy("no team"),
    "owner": gettext_lazy("no owner"),
    "source": gettext_lazy("no source"),
    "region": gettext_lazy("no region"),
    "product": gettext_lazy("no product"),
    "amount_band": gettext_lazy("no amount"),
}
REFUSED = {
    "no_amounts": gettext_lazy("No deal has an amount, so there are no bands of amounts."),
    "amounts_depend_on_outcome": gettext_lazy(
        "Whether a deal has an amount depends on how it ended, so rates by band of amounts would "
        "only repeat the outcome. Give amounts to lost and open deals as well."
    ),
}

Document = dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """Whose page, or whose key, it is; one query for however many estimates are read."""

    user: User

    def may_see(self, owner: int | None) -> bool:
        """Whether the deals and customers of ``owner``, None for nobody's, are for this reader."""
        return self.user.is_admin or owner in self._owners

    @cached_property
    def _owners(self) -> frozenset[int | None]:
        people = User.objects.whose_records_are_visible_to(self.user).values_list("pk", flat=True)
        return frozenset([*people, None] if self.user.is_manager else people)


def document_for(estimate: Estimate, reader: Reader | None) -> Document:
    """The documented shape of an estimate, of segments or of all deals, as ``reader`` may see it.

    Company-wide rates are for all to read; of segments by owner only those of owners whose deals
    the reader may see. With no reader, as on the command line, all are shown.
    """
    document = estimate_document(estimate) | {"segment": estimate.segment}
    if not estimate.segment:
        return document
    payload, names = estimate.payload, _labels(estimate)
    shown = _shown(payload, reader)
    refused = payload["refused"]
    return document | {
        "stages": [_stage(stage, payload, names, shown) for stage in payload["stages"]],
        "segments": [_segment(payload["segments"][place], names[place]) for place in shown],
        "standing_out": _findings(payload, names, set(shown)),
        "refused": str(REFUSED[refused]) if refused else None,
    }


def _shown(payload: Document, reader: Reader | None) -> Sequence[int]:
    """Places of the segments that ``reader`` may see."""
    places = range(len(payload["segments"]))
    if reader is None or "owner" not in payload["fields"]:
        return places
    at = payload["fields"].index("owner")
    return [place for place in places if reader.may_see(payload["segments"][place]["values"][at])]


def _stage(stage: Document, payload: Document, names: list[str], shown: Sequence[int]) -> Document:
    segments = [
        {"value": _value(payload["segments"][place]), "label": names[place]}
        | stage["segments"][place]
        for place in shown
    ]
    return stage | {"segments": segments}


def _segment(row: Document, name: str) -> Document:
    counts = {key: row[key] for key in ("deals", "wins", "amount_per_win")}
    # An estimate made before customers were split says nothing of them.
    climbed = {key: row.get(key) for key in ("customers", "handed_over")}
    return {"value": _value(row), "label": name} | counts | climbed


def _value(row: Document) -> Any:
    """Of one field as it is, of two a list."""
    return row["values"][0] if len(row["values"]) == 1 else row["values"]


def _labels(estimate: Estimate) -> list[str]:
    fields, currency = estimate.payload["fields"], estimate.pipeline.currency
    return [
        " · ".join(
            _label(field, value, name, currency)
            for field, value, name in zip(fields, row["values"], row["names"], strict=True)
        )
        for row in estimate.payload["segments"]
    ]


def _label(field: str, value: Any, name: str | None, currency: str) -> str:
    if value is None:
        return str(NOTHING[field])
    if field == "amount_band":
        return band_words(value, currency)
    return shipped(name) if name else f"{field_label(field)} {value}"


def band_words(value: str, currency: str) -> str:
    """ "50000..200000" in words; an end may be open."""
    low, _dots, high = value.partition("..")
    known = {"low": short_money(low, currency), "high": short_money(high, currency)}
    if not low and not high:
        return _("any amount")
    if not low:
        return _("under %(high)s") % known
    return (_("%(low)s to %(high)s") if high else _("%(low)s and more")) % known


def _findings(payload: Document, names: list[str], shown: set[int]) -> list[Document]:
    """What stands out, the strongest first, with a sentence."""
    found = []
    for finding, text in sentences(payload, names):
        place = finding["segment"]
        if place in shown:
            row = {"value": _value(payload["segments"][place]), "label": names[place]}
            about = {key: finding[key] for key in ("kind", "stage", "what", "factor")}
            found.append(row | about | {"text": text})
    return found
