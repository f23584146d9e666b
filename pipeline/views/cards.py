"""What a deal's card shows beside the deal itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pipeline.models import Opportunity

# Past the stage's limit a deal is a warning; past this multiple of it an alarm.
ALARM_MULTIPLE = 1.5


@dataclass(frozen=True)
class CardView:
    """``age`` is ``"warm"`` past the stage's limit, ``"hot"`` far past it, else empty."""

    deal: Opportunity
    probability: float | None
    days: int | None
    age: str


def card_views(
    deals: Iterable[Opportunity], chances: dict[int, float | None], *, at: datetime
) -> list[CardView]:
    return [
        CardView(deal, chances.get(deal.pk), deal.days_in_stage(at=at), age_of(deal, at=at))
        for deal in deals
    ]


def age_of(deal: Opportunity, *, at: datetime) -> str:
    days, limit = deal.days_in_stage(at=at), deal.stage.rotting_days
    if not deal.is_rotting(at=at) or days is None or limit is None:
        return ""
    return "hot" if days > ALARM_MULTIPLE * limit else "warm"
