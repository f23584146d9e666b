"""Why a deal has the chance it has, and what people themselves hold it to be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import ngettext

from core.templatetags.figures import number
from pipeline.forms import OwnProbabilityForm
from pipeline.models import Opportunity, OwnProbability
from pipeline.outlooks import Outlook
from pipeline.reasons import Reason, sentence_of
from pipeline.selectors import latest_estimate


@dataclass(frozen=True)
class ReasonView:
    """``points`` is what the reason adds to the chance or takes from it, in whole percent."""

    text: str
    points: int

    @property
    def sign(self) -> str:
        """``up``, ``down`` or empty."""
        return "up" if self.points > 0 else "down" if self.points < 0 else ""

    @cached_property
    def shown(self) -> str:
        """The effect with its sign; empty where it is less than a point."""
        signs = {"up": "+", "down": "−"}
        return signs[self.sign] + number(abs(self.points)) if self.sign else ""

    @cached_property
    def effect(self) -> str:
        """What the reason does, for whoever does not see the sign."""
        size = abs(self.points)
        if self.sign == "up":
            text = ngettext("raises it by %(n)s point", "raises it by %(n)s points", size)
        else:
            text = ngettext("lowers it by %(n)s point", "lowers it by %(n)s points", size)
        return text % {"n": number(size)}


@dataclass(frozen=True)
class Chance:
    """Probability of a deal with what it rests on.

    ``success`` is the stage's own rate with its band, ``n`` the deals it was learned from; both
    are empty for a closed deal and before the first estimate. ``own`` is the last word of a
    person, ``None`` where nobody said anything or took it back; ``form`` asks for it.
    """

    probability: float | None
    reasons: list[ReasonView]
    success: dict[str, Any] | None
    n: float | None
    as_of: datetime | None
    own: OwnProbability | None
    form: OwnProbabilityForm


def reason_views(reasons: Iterable[Reason]) -> list[ReasonView]:
    return [ReasonView(sentence_of(reason), round(100 * reason.effect)) for reason in reasons]


def chance_view(
    deal: Opportunity, outlook: Outlook, *, form: OwnProbabilityForm | None = None
) -> Chance:
    """``form`` is one that was refused, to be shown again with what was typed."""
    estimate = latest_estimate(deal.pipeline) if deal.stage.is_open else None
    row = stage_row(estimate.payload, deal.stage_id) if estimate else None
    own = own_probability(deal)
    return Chance(
        probability=outlook.probability,
        reasons=reason_views(outlook.reasons),
        success=row["success"] if row else None,
        n=row["promotion"]["n_eff"] if row else None,
        as_of=estimate.as_of if estimate else None,
        own=own,
        form=form or OwnProbabilityForm.of(deal, own.probability if own else None),
    )


def own_probability(deal: Opportunity) -> OwnProbability | None:
    """What a person last held the deal's chance to be, unless it was taken back."""
    rows = deal.own_probabilities.live().select_related("by").order_by("-at", "-id")
    last = rows.first()
    return last if last and last.probability is not None else None


def stage_row(payload: dict[str, Any], stage: int) -> dict[str, Any] | None:
    """The row of a pipeline stage in an estimate."""
    for row in payload["stages"]:
        if row["kind"] == "opportunity" and row["stage"] == stage:
            return dict(row)
    return None
