"""Billion's people, teams, lists, ladder and pipeline."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts.models import Team, User
from core import clock
from core.models import ExchangeRate
from crm.models import Ladder, LifecycleStage, PlanPart, Product, Source
from pipeline.models import LostReason, Pipeline, Stage
from pipeline.services.pipelines import create_pipeline
from planning.demo import company
from planning.demo.company import Person
from planning.demo.journal import Phase, Step
from planning.demo.playbook import OF_CUSTOMERS, OF_DEALS, write_plays

LADDER = "Customer lifecycle"
PIPELINE = "New equipment"
LADDER_STAGES: tuple[tuple[str, PlanPart, dict[str, Any]], ...] = (
    ("Suspect", PlanPart.ACQUISITION, {}),
    ("Prospect", PlanPart.NURTURING, {}),
    ("Qualified", PlanPart.NURTURING, {"hands_over": True, "reached_by": "deal_opened"}),
    ("Customer", PlanPart.CLOSING, {"reached_by": "deal_won"}),
    ("Given up", PlanPart.ACQUISITION, {"is_lost": True}),
)
ROTTING_DAYS = {"Project": 45, "Proposal": 40, "Negotiation": 30}


@dataclass(frozen=True)
class Company:
    """What a history refers to: rows in the order of ``company``'s tuples and of the stages."""

    teams: dict[str, Team]
    password: str
    sources: list[Source]
    products: list[Product]
    reasons: list[LostReason]
    steps: dict[Step, LifecycleStage]
    phases: dict[Phase, Stage]
    pipeline: Pipeline
    manager: User


def found_company() -> Company:
    """Everything but reps, customers and deals."""
    teams = _found_teams()
    _type_rates()
    ladder = _build_ladder()
    pipeline = _build_pipeline(ladder)
    # One hash for all: hashing is slow on purpose, and this password is no secret.
    password = make_password(company.PASSWORD)
    people = hire(company.STAFF, teams, password)
    return Company(
        teams=teams,
        password=password,
        sources=[Source.objects.create(name=kind.name) for kind in company.SOURCES],
        products=_list_products(),
        reasons=_list_reasons(),
        steps=dict(zip(Step, ladder.stages.order_by("order"), strict=True)),
        phases=dict(zip(Phase, pipeline.stages.order_by("order"), strict=True)),
        pipeline=pipeline,
        manager=next(p for p in people if p.email == f"manager@{company.DOMAIN}"),
    )


def hire(people: tuple[Person, ...], teams: dict[str, Team], password: str) -> list[User]:
    """Accounts for ``people``, all with the same hashed ``password``."""
    zone = clock.company_zone()
    return User.objects.bulk_create(
        User(
            email=f"{person.local}@{company.DOMAIN}",
            name=person.name,
            role=person.role,
            team=teams.get(person.team),
            password=password,
            date_joined=datetime.combine(person.joined, time(9), tzinfo=zone),
            is_staff=person.role == "admin",
        )
        for person in people
    )


def _found_teams() -> dict[str, Team]:
    teams: dict[str, Team] = {}
    for name, parent in company.TEAMS:
        shares = name in company.SHARING_TEAMS
        above = teams[parent] if parent else None
        teams[name] = Team.objects.create(name=name, parent=above, shares_records=shares)
    return teams


def _type_rates() -> None:
    ExchangeRate.objects.bulk_create(
        ExchangeRate(base=base, quote=company.CURRENCY, date=day, rate=Decimal(rate))
        for base, day, rate in company.RATES
    )


def _build_ladder() -> Ladder:
    ladder = Ladder.objects.create(name=LADDER, is_default=True)
    LifecycleStage.objects.bulk_create(
        LifecycleStage(ladder=ladder, name=name, order=order, part=part, **flags)
        for order, (name, part, flags) in enumerate(LADDER_STAGES, start=1)
    )
    write_plays({stage.name: stage for stage in ladder.stages.all()}, OF_CUSTOMERS)
    return ladder


def _build_pipeline(ladder: Ladder) -> Pipeline:
    pipeline = create_pipeline(
        PIPELINE, currency=company.CURRENCY, stages=list(ROTTING_DAYS), ladder=ladder
    )
    for name, days in ROTTING_DAYS.items():
        pipeline.stages.filter(name=name).update(rotting_days=days)
    write_plays({stage.name: stage for stage in pipeline.stages.all()}, OF_DEALS)
    return pipeline


def _list_products() -> list[Product]:
    return Product.objects.bulk_create(
        Product(
            name=kind.name,
            family=kind.family,
            price=Decimal(kind.price),
            currency=company.CURRENCY,
        )
        for kind in company.PRODUCTS
    )


def _list_reasons() -> list[LostReason]:
    return LostReason.objects.bulk_create(
        LostReason(name=name, order=order)
        for order, (name, _) in enumerate(company.LOST_REASONS, start=1)
    )
