"""What can be assumed of a plan: each thing with what history says of it, and its present value.

Sliders, assumptions and answers to "what would it take?" speak of the same levers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from core.templatetags.figures import number, percent, short_money
from core.vocabulary import label
from pipeline.models import Estimate
from planning.assumptions import Row, most_of, rate_of
from planning.engine.chance import Z80
from planning.engine.cycle import days_to_win
from planning.funnel_law import KnownFunnel
from planning.models import Assumption

Kind = Assumption.Kind


@dataclass(frozen=True)
class Lever:
    """One thing that can be assumed.

    ``history``: what history says: a share of 1 for a promotion, money for a deal, days from lead
    to win, deals a month; with its 80 % band and number of cases where they are known.
    ``neutral``: the assumption that changes nothing; ``low`` and ``high``: the furthest ones.
    ``made``: what the plan assumes.
    """

    kind: str
    row: Row | None
    name: str
    part: str
    history: float
    low80: float | None
    high80: float | None
    n: float | None
    neutral: float
    low: float
    high: float
    currency: str
    made: Assumption | None = None

    @property
    def key(self) -> str:
        return key_of(self.kind, self.row)

    @property
    def is_rate(self) -> bool:
        return self.kind == Kind.PROMOTION

    @property
    def value(self) -> float:
        return self.neutral if self.made is None else min(self.made.value, self.high)

    @property
    def is_held(self) -> bool:
        """Whether the rates leave no room for all that is assumed."""
        return self.made is not None and self.made.value > self.high + 5e-4

    @property
    def history_text(self) -> str:
        return self.text(self.neutral)

    @property
    def value_text(self) -> str:
        return self.text(self.value)

    @property
    def band_text(self) -> str:
        """(27 % – 37 %, n 214), as far as it is known."""
        cases = [f"n {number(self.n)}"] if self.n is not None else []
        if self.low80 is not None and self.high80 is not None:
            band = f"{self._figure(self.low80)} – {self._figure(self.high80)}"
            cases.insert(0, band)
        return f"({', '.join(cases)})" if cases else ""

    @property
    def evidence(self) -> str:
        """What a value rests on: the band, and where something is assumed, history before it."""
        if self.made is None:
            return self.band_text
        return " ".join([_("history"), self.history_text, self.band_text]).strip()

    def text(self, value: float) -> str:
        """An assumption in the lever's own measure: 32.5 %, ¥160 k, 96 days, 6.6 a month."""
        return self._figure(value if self.is_rate else value * self.history)

    def _figure(self, amount: float) -> str:
        if self.is_rate:
            return percent(amount, 1)
        if self.kind == Kind.AMOUNT:
            return short_money(amount, self.currency)
        if self.kind == Kind.PACE:
            return _("%(n)s days") % {"n": number(amount)}
        return _("%(n)s a month") % {"n": number(amount, 1)}


def key_of(kind: str, row: Row | None) -> str:
    """The name of a lever in forms: amount, promotion-opportunity-3."""
    return "-".join([kind, row[0], str(row[1])]) if row else kind


def levers_of(
    funnel: KnownFunnel, estimate: Estimate, assumptions: Iterable[Assumption], *, currency: str
) -> list[Lever]:
    """Deal size, promotion of each stage, time in the stages and what comes by itself, in order;
    only those of which history says anything."""
    made = {key_of(each.kind, each.row): each for each in assumptions}
    rows = [
        _amount(funnel),
        *_promotions(funnel, estimate),
        _pace(funnel),
        _direct(funnel),
    ]
    return [
        Lever(**row, currency=currency, made=made.get(key_of(row["kind"], row["row"])))
        for row in rows
        if row is not None
    ]


def without_lever(levers: Iterable[Lever], assumptions: Iterable[Assumption]) -> list[Assumption]:
    """Assumptions about what these rates know nothing of, which therefore have no effect."""
    known = {lever.key for lever in levers}
    return [each for each in assumptions if key_of(each.kind, each.row) not in known]


def _amount(funnel: KnownFunnel) -> dict[str, Any] | None:
    law = funnel.by_history
    mean = law.amount_per_win
    if not (np.isfinite(mean) and mean > 0):
        return None
    wins = law.wins_seen
    spread = Z80 * law.amount_cv / np.sqrt(wins) if wins else None
    return _factor(Kind.AMOUNT, _("Deal size"), float(mean), spread, wins)


def _pace(funnel: KnownFunnel) -> dict[str, Any] | None:
    days = float(days_to_win(funnel.by_history)[0])
    if not np.isfinite(days) or days <= 0:
        return None
    return _factor(Kind.PACE, _("From new lead to win"), days, None, funnel.by_history.wins_seen)


def _direct(funnel: KnownFunnel) -> dict[str, Any] | None:
    direct = funnel.by_history.direct_per_month
    monthly = 0.0 if direct is None else float(direct.sum())
    if monthly <= 0:
        return None
    cases = monthly * 12
    spread = Z80 / np.sqrt(cases)
    return _factor(Kind.DIRECT, _("Come by themselves or again"), monthly, spread, cases)


def _factor(
    kind: Kind, name: str, history: float, spread: float | None, n: float | None
) -> dict[str, Any]:
    low, high = Assumption.RANGES[kind]
    return {
        "kind": kind.value,
        "row": None,
        "name": name,
        "part": "",
        "history": history,
        "low80": None if spread is None else max(history * (1 - spread), 0.0),
        "high80": None if spread is None else history * (1 + spread),
        "n": n,
        "neutral": 1.0,
        "low": low,
        "high": high,
    }


def _promotions(funnel: KnownFunnel, estimate: Estimate) -> Iterable[dict[str, Any]]:
    published = {(row["kind"], row["stage"]): row for row in estimate.payload["stages"]}
    for row in funnel.rows:
        rate, stage = rate_of(funnel, row), published[row]
        if rate:
            yield {
                "kind": Kind.PROMOTION.value,
                "row": row,
                "name": label(stage["name"]),
                "part": stage["part"],
                "history": rate,
                "low80": stage["promotion"]["low80"],
                "high80": stage["promotion"]["high80"],
                "n": stage["promotion"]["n_eff"],
                "neutral": rate,
                "low": 0.0,
                "high": most_of(funnel, row),
            }
