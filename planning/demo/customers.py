"""Rows of customers, their contacts and their moves on the ladder."""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from accounts.models import User
from crm.models import Contact, Customer, LadderPosition, LifecycleChange
from planning.demo import journal as told
from planning.demo.founding import Company
from planning.demo.journal import Journal
from planning.demo.moments import instant
from planning.demo.names import TITLES, FirmNames, draw_person

CHUNK = 500
HAS_CONTACT = 0.75
HAS_SECOND_CONTACT = 0.2


def write_customers(
    company: Company,
    journal: Journal,
    reps: list[User],
    names: FirmNames,
    rng: np.random.Generator,
) -> list[Customer]:
    """The customers in the journal's order, with their history on the ladder."""
    rows = Customer.objects.bulk_create(
        [_customer(company, c, reps[c.rep], names, rng) for c in journal.customers], CHUNK
    )
    changes = [
        change
        for row, customer in zip(rows, journal.customers, strict=True)
        for change in _changes(company, row, customer)
    ]
    # A history is written in the order in which it happened.
    changes.sort(key=lambda change: change.at)
    LifecycleChange.objects.bulk_create(changes, CHUNK)
    LadderPosition.objects.bulk_create(_positions(company, rows, journal), CHUNK)
    return rows


def write_contacts(customers: list[Customer], rng: np.random.Generator) -> dict[int, Contact]:
    """Contacts of most customers; the first contact by the customer's primary key."""
    rows = [contact for customer in customers for contact in _contacts(customer, rng)]
    written = Contact.objects.bulk_create(rows, CHUNK)
    return {contact.customer_id: contact for contact in written if contact.is_primary}


def _customer(
    company: Company,
    customer: told.Customer,
    owner: User,
    names: FirmNames,
    rng: np.random.Generator,
) -> Customer:
    firm = names.draw(customer.region, rng)
    employees = int(np.exp(rng.normal(4.6, 0.9))) + 5
    return Customer(
        name=firm.name,
        owner=owner,
        source=company.sources[customer.source],
        region=customer.region,
        country="China",
        industry=firm.industry,
        employees=employees,
        annual_revenue=Decimal(employees * int(rng.integers(8, 30)) * 10_000),
        website=f"www.{firm.host}",
        phone=_phone(rng),
        created_at=instant(customer.born),
    )


def _phone(rng: np.random.Generator) -> str:
    """A number that rings nowhere: Chinese local numbers do not begin with 0."""
    return f"+86 0{rng.integers(100, 999)} 0{rng.integers(100_000, 999_999)}"


def _changes(company: Company, row: Customer, customer: told.Customer) -> Iterator[LifecycleChange]:
    before = None
    for climb in customer.climbs:
        to = company.steps[climb.to]
        yield LifecycleChange(
            customer=row,
            ladder_id=to.ladder_id,
            from_stage=before,
            to_stage=to,
            at=instant(climb.at),
            by=row.owner,
            cause=climb.cause,
        )
        before = to


def _positions(
    company: Company, rows: list[Customer], journal: Journal
) -> Iterator[LadderPosition]:
    for row, customer in zip(rows, journal.customers, strict=True):
        if customer.climbs:
            stage = company.steps[customer.climbs[-1].to]
            since = instant(customer.climbs[-1].at)
            yield LadderPosition(customer=row, ladder_id=stage.ladder_id, stage=stage, since=since)


def _contacts(customer: Customer, rng: np.random.Generator) -> Iterator[Contact]:
    if rng.random() < HAS_CONTACT:
        yield _contact(customer, is_primary=True, rng=rng)
        if rng.random() < HAS_SECOND_CONTACT:
            yield _contact(customer, is_primary=False, rng=rng)


def _contact(customer: Customer, *, is_primary: bool, rng: np.random.Generator) -> Contact:
    name = draw_person(rng)
    surname, given = name.lower().split()
    return Contact(
        customer=customer,
        name=name,
        title=TITLES[int(rng.integers(len(TITLES)))],
        email=f"{given}.{surname}@{customer.website.removeprefix('www.')}",
        phone=_phone(rng),
        is_primary=is_primary,
    )
