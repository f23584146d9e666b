"""Numbers that still add up once they are rounded: for display, and for money in cents."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor

CENT = Decimal("0.01")


def largest_remainder(values: Sequence[float], total: int | None = None) -> list[int]:
    """``values`` as whole numbers whose sum is ``total``, by default their rounded sum.

    Hamilton's method: everyone gets the whole part, the rest goes to the largest remainders,
    the earlier first where they are equal. ``total`` is within one of the sum.
    """
    whole = [floor(value) for value in values]
    rest = [v - w for v, w in zip(values, whole, strict=True)]
    return _with_rest(whole, rest, sum(values) if total is None else total)


def adding_up(values: Sequence[float], total: float) -> tuple[list[float], float]:
    """``values`` in the unit in which three digits tell ``total``, and the total, their sum.

    1,234,567 is told as 1,230,000, and its parts in ten thousands.
    """
    shown = Decimal(f"{total:.3g}")
    unit = Decimal(1).scaleb(shown.adjusted() - 2) if shown else Decimal(1)
    in_units = [float(Decimal(value) / unit) for value in values]
    rounded = largest_remainder(in_units, int(shown / unit))
    return [float(part * unit) for part in rounded], float(shown)


def apportion(total: int, weights: Sequence[int | float | Decimal]) -> list[int]:
    """``total`` in whole shares by ``weights``, none negative; evenly where all are zero.

    Hamilton's method in exact fractions: sums of money have more digits than a float.
    """
    parts = [Fraction(weight) for weight in weights]
    if not any(parts):
        parts = [Fraction(1)] * len(parts)
    exact = [total * part / sum(parts) for part in parts]
    whole = [floor(share) for share in exact]
    return _with_rest(whole, [e - w for e, w in zip(exact, whole, strict=True)], total)


def split_money(total: Decimal, weights: Sequence[int | float | Decimal]) -> list[Decimal]:
    """``total`` in parts by ``weights`` that add up to it to the cent."""
    return [cents * CENT for cents in apportion(int(total / CENT), weights)]


def _with_rest(
    whole: list[int], remainders: Sequence[float | Fraction], total: float | int
) -> list[int]:
    missing = round(total) - sum(whole)
    by_remainder = sorted(range(len(whole)), key=lambda i: (-remainders[i], i))
    for i in by_remainder[: max(missing, 0)]:
        whole[i] += 1
    return whole


def split_wholes(parts: Sequence[float], wholes: Sequence[int]) -> list[int]:
    """``parts`` of ``wholes`` as whole numbers, so that a part and the rest add up to each.

    ``wholes`` are themselves rounded from amounts that are not less than their parts. No part is
    off by more than one, and their sum is the rounded sum of the parts as far as that allows.
    """
    bounds = [
        (min(floor(part), whole), min(floor(part) + (part > floor(part)), whole))
        for part, whole in zip(parts, wholes, strict=True)
    ]
    shown = [low for low, _high in bounds]
    missing = round(sum(parts)) - sum(shown)
    by_remainder = sorted(range(len(parts)), key=lambda i: (shown[i] - parts[i], i))
    for i in [i for i in by_remainder if bounds[i][1] > bounds[i][0]][: max(missing, 0)]:
        shown[i] += 1
    return shown


def cents(values: Sequence[float]) -> list[Decimal]:
    """Amounts, none negative, to the cent, whose sum is that of the values to the cent."""
    return [Decimal(whole) / 100 for whole in largest_remainder([100 * v for v in values])]
