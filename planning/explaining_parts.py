"""The parts of a sum of subjects or money, by where they come from."""

from collections.abc import Sequence

import numpy as np

from planning.engine.arithmetic import Parts
from planning.explained import Part, kept
from planning.solving import SolvedPlan


def waited(parts: Parts, left: float, *, certain: float) -> Parts:
    """What waiting leaves of what is to come, beside what is certain."""
    coming = (parts.open_stage, parts.direct_stage, parts.lead_month)
    return Parts(certain, *(left * part for part in coming))


def parts_of(solved: SolvedPlan, each: Sequence[Parts], *, base: float = 0.0) -> tuple[Part, ...]:
    """The parts of a sum, by origin. base: what of the certain is repeat business
    that no deal tells, typed or of purchases."""
    open_stage, direct, lead = (
        np.sum([getattr(parts, name) for parts in each], axis=0)
        for name in ("open_stage", "direct_stage", "lead_month")
    )
    certain = sum(parts.certain for parts in each)
    found = [Part("so_far", certain - base), Part("base", base)]
    found += [Part("open", float(n), stage=s) for s, n in enumerate(open_stage)]
    for s, n in enumerate(direct):
        found += _by_themselves(solved, s, float(n))
    found += [Part("lead", float(n), month=m) for m, n in enumerate(lead)]
    return kept(found)


def _by_themselves(solved: SolvedPlan, stage: int, value: float) -> list[Part]:
    """Customers who buy again and those who begin past the first stage, at their even rates; in
    the first, leads that are taken to come until the year begins."""
    funnel = solved.funnel
    direct = funnel.by_history.direct_per_month
    if stage == 0 and solved.assumed_per_month is not None:
        return [Part("before", value, stage=stage)]
    share = 0.0
    if direct is not None and direct[stage]:
        share = float(funnel.repeat[stage] / direct[stage])
    again = value * share
    return [Part("again", again, stage=stage), Part("direct", value - again, stage=stage)]
