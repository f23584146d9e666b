"""The model card: how far off this method's forecasts were, beside the naive rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.estimation.arrays import Bools, Floats, Ints
from pipeline.estimation.naive import Rule
from pipeline.estimation.reliability import (
    ReliabilityBin,
    brier_score,
    log_loss,
    reliability,
)
from pipeline.estimation.scores import Forecasts, Scores, Window, score, windows_of


@dataclass(frozen=True)
class RuleScores:
    """The same scores of a rule a manager would otherwise use."""

    rule: Rule
    scores: Scores


@dataclass(frozen=True)
class Comparison:
    """One thing forecast: scores of the method and of the naive rules, and for a picture the
    method's window of every origin (those shorter than the horizon are not scored)."""

    method: Scores
    rules: tuple[RuleScores, ...]
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class Card:
    """Scores in wins, or in money: of the deals open at each origin; of all wins given the
    leads that came; of all wins with the leads forecast too."""

    open: Comparison
    given_leads: Comparison
    forecast_leads: Comparison


@dataclass(frozen=True)
class Said:
    """What one origin said of one thing forecast, float[H] by step: the method, the rules and
    what came, with the variance of the log of the method's forecast."""

    expected: Floats
    rules: Mapping[Rule, Floats]
    actual: Floats
    log_var: float
    lump: float


@dataclass(frozen=True)
class Chances:
    """Of the open deals of an origin, one row each: the method's chance to be won within the
    horizon, the stage's rate, whether it was, and which deal it is."""

    chance: Floats
    stage_rate: Floats
    won: Bools
    deal: Ints

    @classmethod
    def together(cls, parts: Sequence["Chances"]) -> "Chances":
        names = ("chance", "stage_rate", "won", "deal")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def reliability(self) -> tuple[ReliabilityBin, ...]:
        return reliability(self.chance, self.won, self.deal)


def compare(said: Sequence[Said], origins: Ints, resolved: Bools, horizon: int) -> Comparison:
    """Scores over origins int64[m], `resolved` bool[m, m] as had_resolved has it."""
    log_var = np.array([each.log_var for each in said])
    method = _forecasts(said, [each.expected for each in said], log_var, resolved)
    certain = np.zeros(len(said))
    rules = tuple(
        RuleScores(rule, score(_forecasts(said, table, certain, resolved), horizon))
        for rule in said[0].rules
        if (table := [each.rules[rule] for each in said])
    )
    return Comparison(score(method, horizon), rules, windows_of(method, origins, horizon))


def with_chances(open_deals: Comparison, chances: Chances) -> Comparison:
    """The same with Brier score and log-loss, of the weighted pipeline too."""
    rules = tuple(
        RuleScores(row.rule, _scored(row.scores, chances.stage_rate, chances.won))
        if row.rule == Rule.WEIGHTED_PIPELINE
        else row
        for row in open_deals.rules
    )
    method = _scored(open_deals.method, chances.chance, chances.won)
    return replace(open_deals, method=method, rules=rules)


def _scored(scores: Scores, chance: Floats, won: Bools) -> Scores:
    return replace(scores, brier=brier_score(chance, won), log_loss=log_loss(chance, won))


def _forecasts(
    said: Sequence[Said], expected: Sequence[Floats], log_var: Floats, resolved: Bools
) -> Forecasts:
    actual = np.stack([each.actual for each in said])
    table = np.where(np.isfinite(actual), np.stack(expected), np.nan)
    return Forecasts(table, actual, log_var, np.array([each.lump for each in said]), resolved)
