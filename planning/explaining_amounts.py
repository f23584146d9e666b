"""How large those are who enter a stage, by where they come from."""

from collections.abc import Callable

import numpy as np

from planning.explained import Asked, Explained, NothingToExplain, Part, Told, kept, three_digits

# Fewer subjects are rounding.
NOBODY = 1e-9


def amount(told: Told, asked: Asked) -> Explained:
    """The mean amount of those who enter a stage: of each group, its share of them times its own
    mean. Months count by how many enter in them."""
    stage, solved = asked.stage, told.solved
    if stage is None or not 0 <= stage < len(solved.funnel.rows):
        raise NothingToExplain
    months = list(told.months(asked))
    groups = solved.entering
    counts = np.array([each.entries[stage, months] for each in groups])
    money = np.array([each.money[stage, months] for each in groups])
    inside = counts.sum(axis=0) > NOBODY
    weights = np.where(inside, solved.laid_out.entries[stage][months], 0.0)
    if not weights.sum():
        raise NothingToExplain
    per_entry = weights / weights.sum() / np.where(inside, counts.sum(axis=0), 1.0)
    shares, values = counts @ per_entry, money @ per_entry
    parts = []
    for each, share, value in zip(groups, shares.tolist(), values.tolist(), strict=True):
        origin = "sized" if each.channel is None else "sized_leads"
        price = value / share if share else 0.0
        parts.append(
            Part(origin, share * price, name=each.channel or "", quantity=share, price=price)
        )
    mean = sum(part.value for part in parts)
    return Explained(
        asked=asked,
        unit="money",
        value=mean,
        shown=three_digits(mean),
        parts=kept(parts),
        facts={"entries": float(weights.sum()), "kind": solved.funnel.rows[stage][0]},
    )


ABOUT: dict[str, Callable[[Told, Asked], Explained]] = {"amount": amount}
