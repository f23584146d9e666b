"""What one of a number of things has cost, and how surely the next will cost as much. No Django."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from scipy.special import gammaincinv

ENOUGH = 5
"""With fewer, one more or less changes the cost by a fifth and more: no figure is given."""
CENT = Decimal("0.01")


class Lacks(StrEnum):
    """Why there is no figure."""

    COST = "cost"
    CASES = "cases"
    MORE_CASES = "more_cases"


@dataclass(frozen=True)
class UnitCost:
    """The cost of one of ``n``, with the band in which it lies with 80 %; None where unknown."""

    n: int
    value: Decimal | None = None
    low80: Decimal | None = None
    high80: Decimal | None = None
    lacks: Lacks | None = None


def unit_cost(cost: Decimal | None, n: int) -> UnitCost:
    """What each of ``n`` has cost, where ``cost`` is what all of them have, None unknown.

    The band is that of the mean of a Poisson count (F. Garwood, Fiducial limits for the Poisson
    distribution, Biometrika 28, 1936): the money was spent, how many it brings is chance.
    """
    if cost is None:
        return UnitCost(n, lacks=Lacks.COST)
    if n == 0:
        return UnitCost(n, lacks=Lacks.CASES)
    if n < ENOUGH:
        return UnitCost(n, lacks=Lacks.MORE_CASES)
    fewest, most = gammaincinv(n, 0.1), gammaincinv(n + 1, 0.9)
    return UnitCost(
        n,
        value=(cost / n).quantize(CENT),
        low80=(cost / Decimal(float(most))).quantize(CENT),
        high80=(cost / Decimal(float(fewest))).quantize(CENT),
    )
