"""A shift of conversion in sentences."""

from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.templatetags.figures import month, percent
from core.vocabulary import label as shipped

Stages = list[dict[str, Any]]
Shift = tuple[str, float]


def drift_sentence(drift: dict[str, Any] | None) -> str:
    """Of one stage that the reader looks at; empty where nothing has shifted."""
    if not drift:
        return ""
    more = _("Since %(month)s %(change)s more move on than before.")
    fewer = _("Since %(month)s %(change)s fewer move on than before.")
    return (more if drift["change"] > 0 else fewer) % _figures(drift["since"], drift["change"])


def drift_sentences(stages: Stages) -> list[str]:
    """Of a whole funnel: one for every shift, with the stages that share it."""
    found: dict[Shift, Stages] = {}
    for stage in stages:
        if drift := stage["drift"]:
            found.setdefault((drift["since"], drift["change"]), []).append(stage)
    return [_shared(shift, shared, stages) for shift, shared in found.items()]


def _shared(shift: Shift, shared: Stages, stages: Stages) -> str:
    more = _("Since %(month)s %(change)s more move on than before in %(stages)s.")
    fewer = _("Since %(month)s %(change)s fewer move on than before in %(stages)s.")
    text = more if shift[1] > 0 else fewer
    return text % (_figures(*shift) | {"stages": _where(shared, stages)})


def _where(shared: Stages, stages: Stages) -> str:
    if len(shared) == len(stages) > 1:
        return _("all stages")
    kind = shared[0]["kind"]
    if len(shared) > 1 and shared == [stage for stage in stages if stage["kind"] == kind]:
        return _("all stages of customers") if kind == "customer" else _("all stages of deals")
    return ", ".join(shipped(stage["name"]) for stage in shared)


def _figures(since: str, change: float) -> dict[str, str]:
    is_chinese = (get_language() or "").startswith("zh")
    begun = month(date.fromisoformat(since), "y年M月" if is_chinese else "LLLL y")
    return {"month": begun, "change": percent(abs(change))}
