"""What a deal's amount was known to be, and which rows must be added or voided for it.

Pure: instants are aware.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


class KnownAmount(NamedTuple):
    """A live row of a deal's amounts."""

    pk: int
    at: datetime
    amount: Decimal | None
    currency: str
    batch: int | None


class Told(NamedTuple):
    """An amount in a file; ``at`` is None where nothing dates it."""

    at: datetime | None
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class AmountCorrection:
    """``holds`` is the amount and currency at the end of the history."""

    added: Told | None
    voided: list[KnownAmount]
    kept: KnownAmount | None
    holds: tuple[Decimal | None, str] | None


def correct_amount(
    told: Told | None,
    known: Sequence[KnownAmount],
    *,
    withdrawn: Set[datetime],
    now: datetime,
) -> AmountCorrection:
    """Join an amount that a file tells with what is known.

    An undated amount is news of ``now``. A dated one replaces what other imports told from its
    instant on, and what they dated by moves that are ``withdrawn``. Amounts typed by hand stay.
    """
    known = sorted(known, key=lambda row: (row.at, row.pk))
    imported = [row for row in known if row.batch is not None]
    kept = _match(told, imported)
    voided = []
    if told and told.at:
        voided = [r for r in imported if r != kept and (r.at >= told.at or r.at in withdrawn)]
    added = None if told is None or kept else told._replace(at=told.at or now)
    left = [row for row in known if row not in voided]
    return AmountCorrection(added, voided, kept, _end(left, added))


def _match(told: Told | None, imported: Sequence[KnownAmount]) -> KnownAmount | None:
    if told is None or not imported:
        return None
    rows = imported[-1:] if told.at is None else [r for r in imported if r.at == told.at]
    same = (row for row in rows if (row.amount, row.currency) == (told.amount, told.currency))
    return next(same, None)


def _end(left: Sequence[KnownAmount], added: Told | None) -> tuple[Decimal | None, str] | None:
    last = left[-1] if left else None
    if added and added.at and (last is None or added.at >= last.at):
        return added.amount, added.currency
    return last and (last.amount, last.currency)
