"""Billion's job roles, hours, channels and holidays as they stand on the first day of 2002.

Prices and pay are invented; hours a stage are those that the simulated reps really work.
"""

from dataclasses import dataclass
from decimal import Decimal

import holidays

from accounts.models import User
from planning.demo import behaviour, company
from planning.demo.founding import Company
from planning.demo.journal import Step
from planning.demo.simulation import HOURS_A_DAY
from planning.demo.spells import AFTER_HAND, REPEAT
from planning.models import Channel, ChannelTier, Holiday, JobRole, Staff, StageEffort

ROLE = "Sales engineer"
TRAINING_MONTHS = 3
HALF = 0.5
REPEAT_DEALS = 0.25
"""The share of deals with earlier buyers, who are less work."""
PAY = 7_800
RECRUITING = 9_000
YEARS_OF_HOLIDAYS = (2002, 2003)


@dataclass(frozen=True)
class Supply:
    """(leads a month, CNY each) in rising tiers, and the months from spending to leads."""

    tiers: tuple[tuple[int, int], ...]
    lead_months: int


SUPPLY = {
    "Exhibitions": Supply(((70, 420), (90, 640), (160, 980)), 2),
    "Referrals": Supply(((34, 150), (12, 400)), 0),
    "Web": Supply(((34, 240), (60, 380), (140, 620)), 1),
    "Cold calls": Supply(((52, 260), (120, 340), (260, 520)), 0),
    "Trade magazines": Supply(((24, 380), (40, 560), (60, 900)), 2),
}


def write_means(company_rows: Company, reps: list[User]) -> None:
    """The role of the reps with their hours by stage, who they are, channels and holidays."""
    role = JobRole.objects.create(
        name=ROLE,
        hours_per_day=HOURS_A_DAY,
        monthly_cost=Decimal(PAY),
        recruiting_cost=Decimal(RECRUITING),
        ramp=[HALF] * TRAINING_MONTHS,
        attrition=0.08,
        notice_months=2,
        most_hires=6,
        overtime_share=0.1,
        overtime_cost=Decimal(110),
    )
    StageEffort.objects.bulk_create(_efforts(role, company_rows))
    _write_channels(company_rows)
    _write_holidays()
    Staff.objects.bulk_create(_staff(role, reps))


def _efforts(role: JobRole, rows: Company) -> list[StageEffort]:
    ladder = {step: _hours(stage) for step, stage in behaviour.LADDER.items()}
    ladder[Step.QUALIFIED] = AFTER_HAND * behaviour.QUALIFIED_BY_HAND
    customers = [
        StageEffort(role=role, lifecycle_stage=rows.steps[step], per_entry=round(hours, 1))
        for step, hours in ladder.items()
    ]
    deals = [
        StageEffort(
            role=role,
            pipeline_stage=rows.phases[phase],
            per_entry=round(_hours(stage) * (1 - REPEAT_DEALS * (1 - REPEAT)), 1),
        )
        for phase, stage in behaviour.PIPELINE.items()
    ]
    return customers + deals


def _hours(stage: behaviour.Stage) -> float:
    """Hours for each that enters: nobody works on those that are forgotten."""
    lost = 1 - sum(way.chance for way in stage.exits[:-1])
    return stage.hours * (1 - lost * stage.forgotten)


def _staff(role: JobRole, reps: list[User]) -> list[Staff]:
    """One row a rep; ``pace`` is how much of an ordinary rep's work this one gets done."""
    pace = {rep.local: rep.pace for rep in company.REPS}
    return [
        Staff(
            role=role,
            user=rep,
            team=rep.team,
            share=pace.get(str(rep.email).partition("@")[0], 1.0),
            begins=rep.date_joined.date(),
        )
        for rep in reps
    ]


def _write_channels(rows: Company) -> None:
    for source in rows.sources:
        supply = SUPPLY[source.name]
        channel = Channel.objects.create(source=source, lead_months=supply.lead_months)
        ChannelTier.objects.bulk_create(
            ChannelTier(channel=channel, leads_per_month=leads, cost_per_lead=Decimal(cost))
            for leads, cost in supply.tiers
        )


def _write_holidays() -> None:
    past = {day: "Holiday" for day in behaviour.HOLIDAYS if day.weekday() < 5}
    coming = holidays.country_holidays("CN", years=YEARS_OF_HOLIDAYS)
    named = past | {day: name for day, name in coming.items() if day.weekday() < 5}
    Holiday.objects.bulk_create(Holiday(day=day, name=name) for day, name in sorted(named.items()))
