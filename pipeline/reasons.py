"""Why a deal has the chance it has: its strongest reasons, in the reader's words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.templatetags.figures import number
from core.vocabulary import label
from pipeline.models import Opportunity
from pipeline.selectors import WinTable, exact_days

# What moves a chance by less than this is no reason worth a sentence.
LEAST_EFFECT = 0.01

Levels = Mapping[str, Mapping[Any, float]]
"""{field of a deal: {its value, an id or a text: how many times as often such deals are won}};
every factor is above 0."""

Names = Mapping[str, Mapping[Any, str]]
"""{field of a deal: {its value: what it is called}}"""


@dataclass(frozen=True)
class Reason:
    """``code`` and ``params`` (plain JSON values) make the sentence; ``effect`` is what this adds
    to the chance or takes from it, as a share of 1."""

    code: str
    params: dict[str, Any]
    effect: float


def reasons_of(
    deal: Opportunity,
    table: WinTable | None,
    *,
    at: datetime,
    levels: Levels | None = None,
    names: Names | None = None,
) -> list[Reason]:
    """Reasons of an open deal's chance, the strongest first; none where the chance is unknown.

    The age is weighed against a deal fresh in the same stage, the stage against a deal that
    begins, a level against the same deal without it. ``levels`` are of tables that know them;
    what ``names`` does not name is looked up.
    """
    days = exact_days(deal, at=at)
    if table is None or days is None or not deal.stage.is_open:
        return []
    chance, fresh = table.probability(deal.stage_id, days), table.probability(deal.stage_id, 0.0)
    if chance is None or fresh is None:
        return []
    found = [*_age(deal, table, days, chance - fresh), *_stage(deal, table, fresh)]
    found += _levels(deal, chance, levels or {}, names or {})
    found.sort(key=lambda reason: -abs(reason.effect))
    return found or [Reason("usual", {"stage": deal.stage.label}, 0.0)]


def _age(deal: Opportunity, table: WinTable, days: float, effect: float) -> list[Reason]:
    usual = table.usual.get(deal.stage_id)
    params = {"days": int(days), "stage": deal.stage.label}
    # An age beyond all experience is told whatever it does: the chance is then a guess.
    if table.is_carried(deal.stage_id, days):
        return [Reason("oldest", params, effect)]
    if abs(effect) < LEAST_EFFECT:
        return []
    if usual is None:
        return [Reason("age", params, effect)]
    return [Reason("age_usual", params | {"usual": usual.half}, effect)]


def _stage(deal: Opportunity, table: WinTable, fresh: float) -> list[Reason]:
    overall = table.overall
    if not overall or abs(fresh - overall) < LEAST_EFFECT:
        return []
    params = {"stage": deal.stage.label, "factor": round(fresh / overall, 3)}
    return [Reason("stage", params, fresh - overall)]


def _levels(deal: Opportunity, chance: float, levels: Levels, names: Names) -> list[Reason]:
    found = []
    for field, factors in levels.items():
        value = getattr(deal, Opportunity._meta.get_field(field).attname)  # type: ignore[union-attr]
        factor = factors.get(value, 1.0) if value else 1.0
        effect = chance - chance / factor
        if abs(effect) >= LEAST_EFFECT:
            name = names.get(field, {}).get(value)
            called = label(name) if name else str(getattr(deal, field))
            params = {"field": field, "value": called, "factor": round(factor, 3)}
            found.append(Reason("level", params, effect))
    return found


def sentence_of(reason: Reason) -> str:
    """The reason in the reader's language."""
    return _SENTENCES[reason.code](reason.params)


def _age_sentence(params: dict[str, Any]) -> str:
    text = ngettext("%(days)s day in %(stage)s", "%(days)s days in %(stage)s", params["days"])
    return text % _shown(params)


def _age_usual_sentence(params: dict[str, Any]) -> str:
    text = ngettext(
        "%(days)s day in %(stage)s; usual is %(usual)s",
        "%(days)s days in %(stage)s; usual is %(usual)s",
        params["days"],
    )
    return text % _shown(params)


def _oldest_sentence(params: dict[str, Any]) -> str:
    text = ngettext(
        "%(days)s day in %(stage)s: longer than any deal before it",
        "%(days)s days in %(stage)s: longer than any deal before it",
        params["days"],
    )
    return text % _shown(params)


def _stage_sentence(params: dict[str, Any]) -> str:
    text = _("Deals that reach %(stage)s are won %(factor)s times as often as all that begin")
    return text % _shown(params)


def _level_sentence(params: dict[str, Any]) -> str:
    name = capfirst(str(Opportunity._meta.get_field(params["field"]).verbose_name))  # type: ignore[union-attr]
    text = _("%(field)s %(value)s: won %(factor)s times as often as usual")
    return text % (_shown(params) | {"field": name})


def _usual_sentence(params: dict[str, Any]) -> str:
    return _("As usual for deals in %(stage)s") % params


def _shown(params: dict[str, Any]) -> dict[str, Any]:
    """Days and factors as the reader's language writes them."""
    whole = {name: number(params[name]) for name in ("days", "usual") if name in params}
    factor = params.get("factor")
    return params | whole | ({} if factor is None else {"factor": number(factor, 1)})


_SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "age": _age_sentence,
    "age_usual": _age_usual_sentence,
    "oldest": _oldest_sentence,
    "stage": _stage_sentence,
    "level": _level_sentence,
    "usual": _usual_sentence,
}
