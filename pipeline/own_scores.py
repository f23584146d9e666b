"""How good people's own probabilities were, beside those of the rates at the same instants."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from django.db.models import F, Q

from accounts.models import User
from pipeline.estimation import age_bin
from pipeline.models import Estimate, Opportunity, OwnProbability, Pipeline, StageChange
from pipeline.selectors import DAY_SECONDS, table_rows

# What is said while the deal is being closed is no forecast of it.
STOOD_AT_LEAST = timedelta(days=1)
# An instant itself is not known to a history read as of it.
JUST_AFTER = timedelta(microseconds=1)


@dataclass(frozen=True)
class Judged:
    """A closed deal with the last own probability that stood before it was closed.

    ``own`` and ``model`` are shares of 1 of the same instant; ``model`` is ``None`` where no
    estimate was made before it or where the deal then stood is not known.
    """

    deal: Opportunity
    own: float
    at: datetime
    model: float | None = None


@dataclass(frozen=True)
class OwnScore:
    """Brier scores, mean (chance − outcome)², of the same ``n`` deals; 0 is perfect, a constant
    half scores .25; ``None`` where there is no deal. ``left_out`` deals have an own probability
    that cannot be compared, since nobody can say what the rates said then.
    """

    n: int
    brier_own: float | None
    brier_model: float | None
    left_out: int


@dataclass(frozen=True)
class OwnScores:
    """``total`` of all visible deals, and by the owner of the deals, most deals first."""

    total: OwnScore
    by_owner: tuple[tuple[User | None, OwnScore], ...]


def own_probability_scores(pipeline: Pipeline, *, user: User | None = None) -> OwnScores:
    """Own probabilities of closed deals against the model's chance at the instant they were said.

    Scored is the last word that stood at least a day before the deal was closed, unless it was
    taken back. Only deals that ``user`` may see; all for ``None``. A fixed number of queries.
    """
    judged = _with_model(pipeline, _judged(pipeline, user))
    by_owner: defaultdict[User | None, list[Judged]] = defaultdict(list)
    for each in judged:
        by_owner[each.deal.owner].append(each)
    scores = [(owner, score_of(rows)) for owner, rows in by_owner.items()]
    scores.sort(key=lambda row: (-row[1].n, row[0] is None, str(row[0])))
    return OwnScores(score_of(judged), tuple(scores))


def score_of(judged: Iterable[Judged]) -> OwnScore:
    """Brier (1950), Verification of forecasts expressed in terms of probability."""
    rows = list(judged)
    both = [
        (each.own, each.model, each.deal.stage.is_won) for each in rows if each.model is not None
    ]
    if not both:
        return OwnScore(0, None, None, len(rows))
    own, model, won = np.array(both, float).T
    return OwnScore(
        n=len(both),
        brier_own=float(np.mean((own - won) ** 2)),
        brier_model=float(np.mean((model - won) ** 2)),
        left_out=len(rows) - len(both),
    )


def _judged(pipeline: Pipeline, user: User | None) -> list[Judged]:
    deals = Opportunity.objects.visible_to(user) if user else Opportunity.objects.all()
    ended = Q(stage__is_won=True) | Q(stage__is_lost=True)
    closed = deals.filter(ended, pipeline=pipeline, closed_at__isnull=False)
    said = OwnProbability.objects.live().filter(pipeline=pipeline, opportunity__in=closed)
    stood = said.filter(at__lte=F("opportunity__closed_at") - STOOD_AT_LEAST)
    named = stood.select_related("opportunity__stage", "opportunity__owner")
    last = {row.opportunity_id: row for row in named.order_by("at", "id")}
    return [
        Judged(row.opportunity, row.probability, row.at)
        for row in last.values()
        if row.probability is not None
    ]


def _with_model(pipeline: Pipeline, judged: list[Judged]) -> list[Judged]:
    histories = _histories(pipeline, judged)
    of_estimate: defaultdict[int | None, list[Judged]] = defaultdict(list)
    for each, estimate in zip(judged, _estimates_before(pipeline, judged), strict=True):
        of_estimate[estimate].append(each)
    found = of_estimate.pop(None, [])
    laws = Estimate.objects.filter(pk__in=list(of_estimate))
    tables = laws.values_list("pk", "law__rows", "law__win_probability")
    for pk, rows, table in tables.iterator(chunk_size=50):
        places = table_rows(rows or [])
        for each in of_estimate[pk]:
            stay = _stay_at(histories[each.deal.pk], each.at)
            found.append(replace(each, model=_chance(places, table, stay, each.at)))
    return found


def _estimates_before(pipeline: Pipeline, judged: list[Judged]) -> list[int | None]:
    """The estimate that stood at each instant: the newest that knows nothing after it."""
    known = Estimate.objects.filter(pipeline=pipeline, segment="").newest_first()
    rows = list(known.values_list("as_of", "pk"))[::-1]
    instants = np.array([as_of.timestamp() for as_of, _pk in rows])
    asked = np.array([(each.at + JUST_AFTER).timestamp() for each in judged])
    places = np.searchsorted(instants, asked, side="right") - 1
    return [rows[place][1] if place >= 0 else None for place in places]


def _histories(pipeline: Pipeline, judged: Iterable[Judged]) -> Mapping[int, list[StageChange]]:
    histories: defaultdict[int, list[StageChange]] = defaultdict(list)
    wanted = {each.deal.pk for each in judged}
    said = OwnProbability.objects.filter(pipeline=pipeline).values("opportunity")
    changes = StageChange.objects.filter(opportunity__in=said).select_related("to_stage")
    for change in changes.order_by("at", "id"):
        if change.opportunity_id not in wanted:
            continue
        histories[change.opportunity_id].append(change)
    return histories


def _stay_at(history: Iterable[StageChange], at: datetime) -> StageChange | None:
    """The move into the stage that the deal was held to be in at ``at``."""
    as_of = at + JUST_AFTER
    known = [change for change in history if _is_known(change, as_of)]
    return known[-1] if known else None


def _is_known(change: StageChange, as_of: datetime) -> bool:
    """As HistoryQuerySet.known_at, which knows one instant only."""
    told = change.known_from is None or change.known_from < as_of
    held = change.voided_by_id is None or bool(change.voided_at and change.voided_at >= as_of)
    return change.at < as_of and told and held


def _chance(
    places: Mapping[int, int],
    table: list[list[float | None]],
    stay: StageChange | None,
    at: datetime,
) -> float | None:
    if stay is None:
        return None
    # Rates made since a merger know the stage by the one it was merged into.
    place = places.get(stay.to_stage_id, places.get(stay.to_stage.merged_into_id or 0))
    days = max((at - stay.at).total_seconds() / DAY_SECONDS, 0.0)
    return None if place is None else table[place][int(age_bin(days))]
