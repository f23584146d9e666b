"""What a model card says in sentences."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.templatetags.figures import number, percent
from pipeline.model_card import METHOD, rules_of
from pipeline.own_scores import OwnScore

Scores = dict[str, Any]

FEW_DATES = 6
"""Judged at fewer dates of the past, a card is a hint."""

FEW_STEPS = 5
MANY_CELLS, TOO_NARROW = 20, 0.65
"""A smaller part of so many cells inside the 80 % band is more than bad luck, as a rule."""

ENOUGH_OWN = 20
AS_GOOD = 0.01
"""Brier scores that differ by less than this are called alike."""

RULES = {
    METHOD: gettext_lazy("This method"),
    "closed_rate": gettext_lazy("Closed rate × leads"),
    "won_per_created": gettext_lazy("Won ÷ created × leads"),
    "last_year": gettext_lazy("Last year × growth"),
    "weighted_pipeline": gettext_lazy("Weighted pipeline"),
}
LEADS = {
    "given_leads": gettext_lazy("With the leads that came"),
    "forecast_leads": gettext_lazy("With the leads forecast too"),
    "open": gettext_lazy("Open deals only"),
}
COUNTED = {"wins": gettext_lazy("Wins"), "value": gettext_lazy("Money")}
HAD = {
    "given_leads": gettext_lazy(
        "Had you planned %(ahead)s ahead with this method at %(dates)s, knowing how many leads "
        "would come, you would have been %(bias)s on the whole; a single forecast was %(mape)s "
        "off on average."
    ),
    "forecast_leads": gettext_lazy(
        "Had you planned %(ahead)s ahead with this method at %(dates)s, with the leads of the "
        "year before for leads to come, you would have been %(bias)s on the whole; a single "
        "forecast was %(mape)s off on average."
    ),
    "open": gettext_lazy(
        "Had you foretold with this method at %(dates)s what the deals then open would bring "
        "within %(ahead)s, you would have been %(bias)s on the whole; a single forecast was "
        "%(mape)s off on average."
    ),
}
USUAL = {
    "given_leads": "closed_rate",
    "forecast_leads": "closed_rate",
    "open": "weighted_pipeline",
}
"""The rule that is at hand where nobody forecasts."""

MISSING = {
    "months": gettext_lazy("The history covers %(has)s months; it takes %(needs)s."),
    "wins": gettext_lazy(
        "%(has)s deals were won; it takes %(needs)s before the first date to forecast from, "
        "since with fewer luck alone moves a rate by a fifth."
    ),
    "origins": gettext_lazy(
        "There are %(has)s dates in the past to forecast from; it takes %(needs)s. Each needs "
        "four weeks of history and thirty wins before it, and a complete period after it."
    ),
}
REFUSED = {
    "no_amounts": gettext_lazy("In money nothing is judged: the deals carry no amounts."),
    "amounts_depend_on_outcome": gettext_lazy(
        "In money nothing is judged: won and lost deals carry an amount unequally often, which "
        "would make every forecast in money wrong."
    ),
}


def summary(document: dict[str, Any], *, counted: str, leads: str) -> list[str]:
    """For the manager: how far off, beside the rules of thumb, how often within the band."""
    comparison = document[counted][leads]
    method = comparison["method"]
    if method["mape"] is None or method["bias"] is None:
        return [_("Nothing was won in the periods that could be judged, so there is no error.")]
    naive = dict(rules_of(comparison)[1:])
    words = [
        HAD[leads]
        % {
            "ahead": ahead(document),
            "dates": _dates(method["windows"]),
            "bias": direction(method["bias"]),
            "mape": percent(method["mape"]),
        },
        _beside(USUAL[leads], naive, method["mape"]),
        _within(document["unit"], method),
        _care(method["windows"]),
    ]
    return [text for text in words if text]


def ahead(document: dict[str, Any]) -> str:
    """How far the forecasts that are judged look."""
    steps = document["horizon"]
    if document["unit"] == "month":
        return ngettext("%(n)s month", "%(n)s months", steps) % {"n": steps}
    days = steps * int(document["unit"].partition("_")[0])
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def direction(bias: float) -> str:
    """9 % high, 9 % low, or neither."""
    if round(abs(bias), 2) == 0:
        return _("neither high nor low")
    text = _("%(share)s high") if bias > 0 else _("%(share)s low")
    return text % {"share": percent(abs(bias))}


def _dates(count: int) -> str:
    return ngettext("%(n)s date of the past", "%(n)s dates of the past", count) % {"n": count}


def _beside(usual: str, naive: dict[str, Scores], mape: float) -> str:
    """The usual rule, and any other that came closer than the method: it must not be hidden."""
    known = {rule: each for rule, each in naive.items() if each["mape"] is not None}
    words = []
    closer = [rule for rule in known if known[rule]["mape"] < mape]
    best = min(closer, key=lambda rule: float(known[rule]["mape"]), default=None)
    if usual in known and usual != best and known[usual]["bias"] is not None:
        text = _("The rule “%(rule)s”: %(bias)s, and %(mape)s off on average.")
        words.append(text % _of_rule(usual, known[usual]))
    if best:
        text = _("A rule of thumb came closer here: “%(rule)s”, %(mape)s off on average.")
        advice = _("Until that changes, plan with both and take the lower.")
        words += [text % _of_rule(best, known[best]), advice]
    elif known:
        words.append(_("No rule of thumb came closer."))
    return " ".join(words)


def _of_rule(rule: str, scores: Scores) -> dict[str, str]:
    return {
        "rule": str(RULES[rule]),
        "bias": direction(scores["bias"]),
        "mape": percent(scores["mape"]),
    }


def _within(unit: str, method: Scores) -> str:
    """Single steps with enough wins to speak of a band, else the sums."""
    cells, share = method["cells"], method["step_coverage80"]
    if cells >= FEW_STEPS and share is not None:
        text = (
            _("%(inside)s of %(n)s single months fell inside the %(band)s band.")
            if unit == "month"
            else _("%(inside)s of %(n)s single periods fell inside the %(band)s band.")
        )
    else:
        cells, share = method["windows"], method["coverage80"]
        text = _("%(inside)s of %(n)s forecasts fell inside the %(band)s band.")
    if share is None:
        return ""
    text = f"{text} {_too_narrow(cells, share)}".strip()
    return text % {"inside": number(share * cells), "n": cells, "band": percent(0.8)}


def _too_narrow(cells: int, share: float) -> str:
    if cells < MANY_CELLS or share >= TOO_NARROW:
        return ""
    return _("The bands are too narrow here: expect to be outside them more often.")


def _care(windows: int) -> str:
    if windows >= FEW_DATES:
        return ""
    text = ngettext(
        "Only %(n)s forecast could be judged over its whole period: take this as a hint.",
        "Only %(n)s forecasts could be judged over their whole period: take this as a hint.",
        windows,
    )
    return text % {"n": windows}


def missing(document: dict[str, Any]) -> list[str]:
    """What there is of a history too short, and what it takes."""
    return [
        MISSING[each["code"]]
        % {
            "has": number(each["has"], _digits(each["has"])),
            "needs": number(each["needs"], _digits(each["needs"])),
        }
        for each in document["missing"]
    ]


def _digits(figure: float) -> int:
    return 0 if figure == int(figure) else 1


def value_refused(document: dict[str, Any]) -> str:
    """Why there is no card in money; empty where there is one."""
    if document["value"] is not None or not document["enough"]:
        return ""
    fallback = _("In money too few dates of the past could be judged.")
    return str(REFUSED.get(document["value_refused"] or "", fallback))


def chances(document: dict[str, Any]) -> str:
    """Whether single deals are told apart better than by their stage."""
    comparison = document["wins"]["open"]
    stage = dict(rules_of(comparison))["weighted_pipeline"]
    if comparison["method"]["brier"] is None or stage["brier"] is None:
        return ""
    text = _(
        "Chances of single open deals: Brier score %(ours)s (log-loss %(our_loss)s); with the "
        "rate of the stage alone %(stage)s (%(stage_loss)s). 0 is perfect, smaller is better."
    )
    return text % {
        "ours": number(comparison["method"]["brier"], 3),
        "our_loss": number(comparison["method"]["log_loss"], 3),
        "stage": number(stage["brier"], 3),
        "stage_loss": number(stage["log_loss"], 3),
    }


def own(score: OwnScore) -> str:
    """Who was closer, people or the rates, on the same deals."""
    if score.brier_own is None or score.brier_model is None:
        return _("None of the deals you may see was closed after somebody gave it an own chance.")
    figures = {
        "n": number(score.n),
        "own": number(score.brier_own, 3),
        "model": number(score.brier_model, 3),
    }
    text = ngettext(
        "On %(n)s closed deal: Brier score of own chances %(own)s, of the rates %(model)s.",
        "On %(n)s closed deals: Brier score of own chances %(own)s, of the rates %(model)s.",
        score.n,
    )
    return f"{text % figures} {_closer(score.n, score.brier_own - score.brier_model)}"


def _closer(n: int, difference: float) -> str:
    if n < ENOUGH_OWN:
        return _("These are too few to say who is closer.")
    if abs(difference) < AS_GOOD:
        return _("They are about as close.")
    return _("People were closer.") if difference < 0 else _("The rates were closer.")
