"""Building the demo company in an installation that has no data of its own."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np
from django.db import transaction
from django.db.models import Q

from accounts.models import Team, User
from core import clock
from core.models import BusinessClock, ExchangeRate
from core.money import RateTable
from crm.models import AssignmentRule, Campaign, Customer, Ladder, Product, Source
from crm.services.reminders import plan_missing
from pipeline.models import LostReason, Opportunity, Pipeline
from pipeline.services.estimates import refresh
from pipeline.services.segments import refresh_segment
from planning.demo import company as billion
from planning.demo.campaigns import write_campaigns
from planning.demo.founding import LADDER, PIPELINE, Company, found_company, hire
from planning.demo.leads import write_leads
from planning.demo.means import ROLE, write_means
from planning.demo.moments import plan_start
from planning.demo.names import FirmNames
from planning.demo.simulation import SEED, simulate
from planning.demo.writing import write_branch
from planning.models import JobRole, Plan
from planning.segments import SEGMENTS
from planning.services.hours import measure
from planning.services.plans import create_plan

PLAN = "Four times the revenue"
MULTIPLE = 4


class OtherDataExist(Exception):
    """The installation has data that the demo company would be mixed up with."""


@dataclass(frozen=True)
class Summary:
    """What was made."""

    customers: int
    deals: int
    open_deals: int
    reps: int
    founded: date
    last_day: date
    revenue: Decimal
    plan: Plan
    clock: datetime


def is_seeded() -> bool:
    return User.objects.filter(email=f"admin@{billion.DOMAIN}").exists()


def refuse_collisions() -> None:
    """Raises OtherDataExist, naming what is in the way, where the demo would be mixed up."""
    names = {
        "customers": Customer.objects.all(),
        "deals": Opportunity.objects.all(),
        "a pinned clock": BusinessClock.objects.filter(pinned_at__isnull=False),
        "a default ladder": Ladder.objects.filter(Q(is_default=True) | Q(name=LADDER)),
        f"a pipeline “{PIPELINE}”": Pipeline.objects.filter(name=PIPELINE),
        "teams of the same names": Team.objects.filter(name__in=[n for n, _ in billion.TEAMS]),
        "sources of the same names": Source.objects.filter(
            name__in=[kind.name for kind in billion.SOURCES]
        ),
        "products of the same names": Product.objects.filter(
            name__in=[kind.name for kind in billion.PRODUCTS]
        ),
        "lost reasons": LostReason.objects.all(),
        f"a job role “{ROLE}”": JobRole.objects.filter(name=ROLE),
        "rules for new leads": AssignmentRule.objects.all(),
        "campaigns": Campaign.objects.all(),
        "exchange rates": ExchangeRate.objects.all(),
        f"users at {billion.DOMAIN}": User.objects.filter(email__iendswith=f"@{billion.DOMAIN}"),
    }
    found = [what for what, rows in names.items() if rows.exists()]
    if found:
        raise OtherDataExist(
            f"this installation has data of its own ({', '.join(found)}). "
            "Build the demo company in an empty one (another DATA_DIR or DATABASE_URL)."
        )


@transaction.atomic
def seed(scale: int = 1) -> Summary:
    """Billion and its history, ``scale`` times, its clock and its draft plan.

    One transaction, although a long one: half a company must not stay behind, and nobody else
    writes to an empty installation.
    """
    company, names = found_company(), FirmNames()
    reps: list[User] = []
    for branch in range(scale):
        people = billion.reps_of_branch(branch)
        journal = simulate(people, branch=branch)
        rng = np.random.default_rng([*SEED, branch, 1])
        hired = hire(people, company.teams, company.password)
        write_branch(company, journal, hired, names, rng)
        reps += hired
    write_means(company, reps)
    write_campaigns(company, _of_marketing(), scale=scale)
    clock.pin(plan_start())
    write_leads(company, company.manager)
    plan_missing()
    refresh(company.pipeline)
    for dimension in SEGMENTS:
        refresh_segment(company.pipeline, dimension)
    measure(company.pipeline)
    revenue = won_in(company.pipeline, billion.BASE_YEAR)
    return _summary(company.pipeline, len(reps), revenue, _draft_plan(company, revenue))


def _of_marketing() -> User:
    """Whoever manages marketing."""
    return User.objects.get(email=f"sun.xiaoyan@{billion.DOMAIN}")


def _draft_plan(company: Company, revenue: Decimal) -> Plan:
    """The founding year's target, to the nearest hundred thousand."""
    return create_plan(
        by=company.manager,
        name=PLAN,
        year=billion.BASE_YEAR + 1,
        pipeline=company.pipeline,
        target=round(MULTIPLE * revenue, -5).quantize(Decimal("0.01")),
        currency=company.pipeline.currency,
        confidence=Plan.Confidence.LIKELY,
    )


def _summary(pipeline: Pipeline, reps: int, revenue: Decimal, plan: Plan) -> Summary:
    deals = Opportunity.objects.filter(pipeline=pipeline)
    return Summary(
        customers=Customer.objects.count(),
        deals=deals.count(),
        open_deals=deals.open().count(),
        reps=reps,
        founded=billion.FOUNDED,
        last_day=billion.LAST_DAY,
        revenue=revenue,
        plan=plan,
        clock=plan_start(),
    )


def won_in(pipeline: Pipeline, year: int) -> Decimal:
    """The won amount of a year in the pipeline's currency."""
    first, last = clock.day_start(date(year, 1, 1)), clock.day_start(date(year + 1, 1, 1))
    won = Opportunity.objects.won().filter(
        pipeline=pipeline, closed_at__gte=first, closed_at__lt=last
    )
    return RateTable(pipeline.currency).total(
        (deal.amount, deal.currency, deal.closed_at.date())
        for deal in won
        if deal.amount is not None and deal.closed_at is not None
    )
