"""What stands out between segments, in words."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from core.templatetags.figures import number, percent
from core.vocabulary import label as shipped

Document = dict[str, Any]

PROMOTION = gettext_lazy(
    "%(segment)s: move on from %(stage)s %(factor)s times as often as usual – "
    "%(rate)s (%(low)s–%(high)s, n %(n)s) instead of %(whole)s."
)
DWELL = gettext_lazy("%(segment)s: stay in %(stage)s %(factor)s times as long as usual (n %(n)s).")
SENTENCES = {
    ("opportunity", "success", True): gettext_lazy(
        "%(segment)s: won %(factor)s times as often as usual – "
        "%(rate)s (%(low)s–%(high)s, n %(n)s) instead of %(whole)s."
    ),
    ("opportunity", "promotion", False): PROMOTION,
    ("opportunity", "dwell", False): DWELL,
    ("opportunity", "dwell", True): gettext_lazy(
        "%(segment)s: take %(factor)s times as long as usual in every stage (n %(n)s)."
    ),
    ("customer", "success", True): gettext_lazy(
        "%(segment)s: customers become buyers %(factor)s times as often as usual – "
        "%(rate)s (%(low)s–%(high)s, n %(n)s) instead of %(whole)s."
    ),
    ("customer", "promotion", False): PROMOTION,
    ("customer", "dwell", False): DWELL,
    ("customer", "dwell", True): gettext_lazy(
        "%(segment)s: customers take %(factor)s times as long as usual in every stage "
        "before the first deal (n %(n)s)."
    ),
}
"""By kind, what, and whether it is of every stage."""


def sentences(payload: Document, names: Sequence[str]) -> list[tuple[Document, str]]:
    """Each finding of a ``payload``, the strongest first, with its sentence; ``names`` are those
    of the segments."""
    stages: dict[tuple[str, int | None], Document] = {}
    for stage in payload["stages"]:
        stages[stage["kind"], stage["stage"]] = stage
        # What is of every stage is told by the first.
        stages.setdefault((stage["kind"], None), stage)
    found = []
    for finding in payload["standing_out"]:
        # Before customers were split as well nothing said what kind a stage is.
        kind = finding.get("kind", "opportunity")
        stage = stages.get((kind, finding["stage"]))
        if stage is not None:
            sentence = SENTENCES[kind, finding["what"], finding["stage"] is None]
            words = _words(finding, names[finding["segment"]], stage)
            found.append((finding | {"kind": kind}, str(sentence) % words))
    return found


def _words(finding: Document, name: str, stage: Document) -> dict[str, str]:
    row, factor, what = stage["segments"][finding["segment"]], finding["factor"], finding["what"]
    words = {
        "segment": name,
        "factor": number(factor, 1 if factor < 10 else 0),
        "stage": shipped(stage["name"]),
        "n": number(row["promotion"]["n_eff"]),
    }
    if what == "dwell":
        return words
    return words | {
        "rate": percent(row[what]["rate"]),
        "low": percent(row[what]["low80"]),
        "high": percent(row[what]["high80"]),
        "whole": percent(stage[what]["rate"]),
    }
