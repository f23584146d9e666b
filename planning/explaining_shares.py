"""The numbers of one part of a plan: its share of those of the whole, by rates of its own."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from accounts.models import User
from planning.bought import bought_document, leads_by_source
from planning.engine.law import Floats
from planning.explained import YEAR, Asked, Explained, NothingToExplain, Part, Told, kept
from planning.own_rates import Row
from planning.rounding import largest_remainder
from planning.segments import SEGMENTS, WON
from planning.shares import Shares, shares_of
from planning.solving import SolvedPlan

ABOUT = ("entries", "won")


def shares_asked(solved: SolvedPlan, asked: Asked, user: User) -> Shares | None:
    """How what ``user`` asks about is divided; None of a number of the plan as a whole."""
    if not asked.dimension:
        return None
    if asked.dimension not in SEGMENTS or asked.about not in ABOUT:
        raise NothingToExplain
    return shares_of(
        solved.plan, asked.dimension, user, found=_found(solved), estimate=solved.estimate
    )


def _found(solved: SolvedPlan) -> dict[str, Any]:
    """What of a solution divides it; of the plan as it is typed."""
    found: dict[str, Any] = {"bought": bought_document(solved.funnel.rows, solved.within)}
    stored = solved.plan.solution or {}
    if stored.get("estimate") == solved.estimate.pk:
        found["part_estimates"] = stored.get("part_estimates", {})
    return found


def share_of(told: Told, whole: Explained, shares: Shares) -> Explained:
    """As much of ``whole``, of entries or wins, as is the part's that is asked about."""
    if whole.asked.value not in shares.values:
        raise NothingToExplain
    part = _OfPart(told, whole, shares)
    return replace(
        whole,
        asked=replace(whole.asked, name=shares.names[part.p]),
        value=part.value,
        shown=part.shown,
        parts=kept(part.parts),
        facts=part.facts,
        by_month=part.by_month,
    )


@dataclass(frozen=True, eq=False)
class _OfPart:
    """One part's figures: those that channels bring it, and its share of all others."""

    told: Told
    whole: Explained
    shares: Shares

    @property
    def p(self) -> int:
        return self.shares.values.index(self.whole.asked.value)

    @property
    def row(self) -> Row:
        asked = self.whole.asked
        return WON if asked.about == "won" else self.told.solved.funnel.rows[asked.stage or 0]

    @cached_property
    def entries(self) -> list[float]:
        """[M]: of the whole, entries or wins."""
        solved = self.told.solved
        if self.whole.asked.about == "won":
            return (solved.laid_out.wins + solved.won_so_far).tolist()  # type: ignore[no-any-return]
        return solved.laid_out.entries[self.whole.asked.stage or 0].tolist()  # type: ignore[no-any-return]

    @property
    def months(self) -> list[int]:
        return list(self.told.months(self.whole.asked))

    @cached_property
    def value(self) -> float:
        return float(self.shares.spread(self.row, self.entries)[self.p, self.months].sum())

    @property
    def shown(self) -> int:
        """As the page of targets has it."""
        whole = largest_remainder(self.entries)
        counts = self.shares.divide(self.row, whole, self.entries)
        return int(counts[self.p, self.months].sum())

    @cached_property
    def bought(self) -> Floats | None:
        """float[M] that channels bring the part."""
        found = self.shares.bought_of(self.row, YEAR)
        return None if found is None else found[self.p]

    @property
    def brought(self) -> float:
        return 0.0 if self.bought is None else float(self.bought[self.months].sum())

    @cached_property
    def share(self) -> float:
        """Of the whole, in the months asked about."""
        return self.value / self.whole.value if self.whole.value else self.base_share

    @cached_property
    def base_share(self) -> float:
        """Of all that no channel brings."""
        return float(self.shares.exact(self.row)[self.p])

    @property
    def parts(self) -> list[Part]:
        if self.bought is None:
            return [replace(each, value=each.value * self.share) for each in self.whole.parts]
        lead = self._leads()
        by_lead = {each.month: each.value for each in lead}
        others = [each for each in self.whole.parts if each.origin not in ("lead", "back")]
        base = sum(each.value for each in others)
        rest = max(self.value - self.brought, 0.0)
        again = Part("back", max(self.brought - sum(by_lead.values()), 0.0))
        return [replace(e, value=e.value / base * rest if base else 0.0) for e in others] + [
            *lead,
            again,
        ]

    def _leads(self) -> list[Part]:
        """What the leads of each month bring; of the first stage they themselves."""
        within, months = self.told.solved.within, self.months
        found, members = np.zeros(YEAR), self.shares.members[self.p]
        for source, leads, segment in leads_by_source(within) if within else ():
            if str(source) not in members:
                continue
            each = segment.outlook.per_lead
            if self.whole.asked.about == "won":
                found += leads * each.wins[:, months].sum(axis=1)
            elif self.whole.asked.stage:
                found += leads * each.entries[:, months, self.whole.asked.stage].sum(axis=1)
            else:
                found[months] += leads[months]
        return [Part("lead", float(n), month=month) for month, n in enumerate(found)]

    @property
    def by_month(self) -> dict[str, Floats]:
        if self.bought is None or "new" not in self.whole.by_month:
            return {name: values * self.share for name, values in self.whole.by_month.items()}
        base = {name: v * self.base_share for name, v in self.whole.by_month.items()}
        return base | {"new": self.bought}

    @property
    def facts(self) -> dict[str, Any]:
        facts, success = self.whole.facts, self.shares.success(self.row, self.p)
        found = {"share": self._why()}
        if "coming" in facts:
            found["coming"] = facts["coming"] * self._of_money()
        if "wins" not in facts:
            return facts | found
        times = success.times / self._usual()
        found |= {"success": facts["success"] * times}
        found |= {name: facts[name] * success.times for name in ("common", "history")}
        found |= {name: facts[name] * self.share * times for name in ("wins", "landing", "later")}
        told = {"told_by": self.shares.own.about if success.rate else None}
        return facts | found | told | ({"rate": success.rate} if success.rate else {})

    def _usual(self) -> float:
        """The mean of the parts' ratios that the whole's rate holds already: that of its mix."""
        if self.shares.basis != "channels":
            return 1.0
        spread = self.shares.spread(self.row, self.entries)[:, self.months].sum(axis=1)
        total = float(spread.sum())
        return float(self.shares.successes(self.row) @ spread) / total if total else 1.0

    def _of_money(self) -> float:
        """Of what wins bring: of the target its part, else by the part's own mean amount."""
        if self.bought is None:
            return float(self.shares.money()[self.p])
        spread = self.shares.spread(WON, self.entries)[:, self.months].sum(axis=1)
        worth = spread * [self.shares.amount(p).times for p in range(len(spread))]
        return float(worth[self.p] / worth.sum()) if worth.sum() else self.share

    def _why(self) -> dict[str, Any]:
        """What the share rests on: cents of the target, entries of the last year, or channels."""
        shares, row, p = self.shares, self.row, self.p
        weights, needed = shares.of(row), shares.needed(row)
        cents = sum(shares.target.values())
        found: dict[str, Any] = {
            "basis": self._basis(weights),
            "weight": weights[p],
            "weights": sum(weights),
            "share": self.share,
            "whole": self.whole.shown,
            "parts": len(weights),
            "amount": shares.amount(p),
            "success": shares.success(row, p),
            "own": None,
            "all_own": None,
            "scale": None,
            "target": None,
            "bought": None if self.bought is None else self.brought,
            "others": max(self.value - self.brought, 0.0),
        }
        if needed is None:
            return found
        return found | {
            "weight": shares.cents(p),
            "weights": cents,
            "target": shares.cents(p) / cents,
            "own": float(needed[p]) * self.whole.value,
            "all_own": float(needed.sum()) * self.whole.value,
            "scale": float(1 / needed.sum()),
        }

    def _basis(self, weights: tuple[int, ...]) -> str:
        if self.shares.basis != "entries":
            return self.shares.basis
        if not any(weights):
            return "alike"
        return "stage" if self.row in self.shares.entries else "funnel"
