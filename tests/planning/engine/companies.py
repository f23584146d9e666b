"""Small companies for tests of the plan with limits: a few channels, two roles, a year."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np

from planning.engine import Goal, PlanWindow
from planning.engine.means import Effort, Limits, Means, Tiers, Workforce
from planning.engine.program import plan_within
from planning.engine.segments import Segment, look_ahead_in
from tests.planning.engine.funnels import funnel, open_stays

YEAR = PlanWindow.of_year(date(2002, 1, 1), date(2002, 1, 1))
MID_YEAR = PlanWindow.of_year(date(2002, 1, 1), date(2002, 5, 18))
AHEAD = PlanWindow.of_year(date(2003, 1, 1), date(2002, 10, 10), lead=True)


@dataclass(frozen=True, eq=False)
class Company:
    window: PlanWindow
    laws: list
    stays: list
    segments: list[Segment]
    means: Means

    def plan(self, target, aim=None, *, confidence=None, **goal):
        goal = Goal(target, confidence=confidence, **goal)
        return plan_within(self.segments, self.window, self.means, goal, aim)

    def having(self, *, limits=None, tiers=None, workforce=None, effort=None):
        """The same company with some of its means changed, field by field."""
        changes = {"limits": limits, "tiers": tiers, "workforce": workforce, "effort": effort}
        means = self.means
        for name, fields in changes.items():
            if fields is not None:
                means = replace(means, **{name: replace(getattr(means, name), **fields)})
        return replace(self, means=means)


@cache
def company(seed=1, *, window=YEAR, stages=4, segments=3, people=3.5, pipeline=60, **law):
    """A random company; `people`: full-time people of each role at work all the time."""
    rng = np.random.default_rng(seed)
    if "success_log_sd" in law:
        law["success_log_sd"] = np.full(stages, law["success_log_sd"])
    laws = [
        funnel(
            stages=stages,
            **(
                {
                    "win": rng.uniform(0.2, 0.6),
                    "forward": rng.uniform(0.4, 0.6),
                    "mean_dwell": rng.uniform(10, 25),
                    "amount_per_win": rng.uniform(5_000, 30_000),
                }
                | law
            ),
        )
        for _ in range(segments)
    ]
    stays = [open_stays(law, pipeline, seed + number) for number, law in enumerate(laws)]
    looked = [look_ahead_in(*pair, window) for pair in zip(laws, stays, strict=True)]
    means = Means(
        effort=Effort(rng.uniform(0.5, 4.0, (2, stages)), rng.uniform(0.0, 1.0, (2, stages))),
        workforce=team(window, people, rng),
        tiers=tiers(window.months, segments, rng),
        limits=Limits(budget=rng.uniform(40_000, 90_000), utilisation=0.9),
    )
    return Company(window, laws, stays, looked, means)


def team(window, people, rng):
    """Hires ramp up over three months, and none can begin in the first two."""
    months, month = window.months, np.arange(window.months)
    served = month - month[:, None]
    ramp = np.select([served < 0, served == 0, served == 1, served == 2], [0, 0.2, 0.5, 0.8], 1.0)
    left = months - month
    return Workforce(
        roles=("account executive", "engineer"),
        available=people * 150.0 * rng.uniform(0.9, 1.1, (2, months)) * window.open_share,
        payroll=people * 5_000.0 * np.tile(window.open_share, (2, 1)),
        hire_hours=np.tile(150.0 * ramp, (2, 1, 1)),
        hire_cost=8_000.0 + np.stack([5_000.0 * left, 6_000.0 * left]),
        most_hires=np.where(month >= 2, np.array([[2.0], [3.0]]), 0.0),
        overtime_share=np.array([0.1, 0.05]),
        overtime_cost=np.array([60.0, 70.0]),
    )


def tiers(months, segments, rng):
    """Two tiers a channel, the second at twice the price; money is spent a month ahead."""
    segment = np.repeat(np.arange(segments), 2)
    most = rng.uniform(20, 60, (2 * segments, 1)) * np.ones(months)
    most[:, 0] = 0.0
    return Tiers(
        channel=tuple(f"channel {number}" for number in segment),
        segment=segment,
        cost=np.repeat(rng.uniform(20, 60, segments), 2) * np.tile([1.0, 2.0], segments),
        most=most,
        lead_months=np.ones(2 * segments, np.int64),
    )


def fixed_revenue(firm):
    """What comes without new leads."""
    return firm.having(tiers={"most": np.zeros_like(firm.means.tiers.most)}).plan(0.0).expected


def part_of_the_way(firm, share):
    """A target between what comes by itself and the most that can be reached."""
    nothing = fixed_revenue(firm)
    return nothing + share * (firm.plan(0.0).reachable - nothing)
