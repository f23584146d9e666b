"""Rows of deals, their moves and their amounts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from crm.models import Contact, Customer
from pipeline.models import AmountChange, Opportunity, StageChange
from planning.demo import journal as told
from planning.demo.amounts import Prices
from planning.demo.company import PRODUCTS
from planning.demo.founding import Company
from planning.demo.journal import Journal
from planning.demo.moments import day, instant

CHUNK = 500


@dataclass(frozen=True)
class Terms:
    """What a deal's amount and expected close were from an instant (in minutes) on."""

    at: int
    amount: Decimal | None
    expected_close: date


def terms_of(deal: told.Deal, prices: Prices) -> list[Terms]:
    """The terms a deal began with, and each change of them."""
    return [Terms(q.at, prices.amount(deal, q.share), day(q.close_day)) for q in deal.quotes]


def write_deals(
    company: Company,
    journal: Journal,
    customers: list[Customer],
    contacts: dict[int, Contact],
    prices: Prices,
) -> list[Opportunity]:
    """The deals in the order in which they were opened, with their whole history."""
    terms = [terms_of(deal, prices) for deal in journal.deals]
    together = list(zip(journal.deals, terms, strict=True))
    rows = Opportunity.objects.bulk_create(
        [
            _opportunity(company, deal, known, customers[deal.customer], contacts)
            for deal, known in together
        ],
        CHUNK,
    )
    moves: list[StageChange] = []
    amounts: list[AmountChange] = []
    for row, (deal, known) in zip(rows, together, strict=True):
        moves += _stage_changes(company, row, deal)
        amounts += _amount_changes(row, known)
    # A history is written in the order in which it happened.
    StageChange.objects.bulk_create(sorted(moves, key=lambda move: move.at), CHUNK)
    AmountChange.objects.bulk_create(sorted(amounts, key=lambda amount: amount.at), CHUNK)
    return rows


def _opportunity(
    company: Company,
    deal: told.Deal,
    terms: list[Terms],
    customer: Customer,
    contacts: dict[int, Contact],
) -> Opportunity:
    last, stage = deal.moves[-1], company.phases[deal.phase]
    return Opportunity(
        name=deal_name(deal),
        customer=customer,
        contact=contacts.get(customer.pk),
        owner=customer.owner,
        pipeline=company.pipeline,
        stage=stage,
        amount=terms[-1].amount,
        currency=deal.currency,
        expected_close=terms[-1].expected_close,
        source=customer.source,
        product=company.products[deal.product],
        region=customer.region,
        lost_reason=None if last.reason is None else company.reasons[last.reason],
        created_at=instant(deal.moves[0].at),
        stage_entered_at=instant(last.at),
        closed_at=None if stage.is_open else instant(last.at),
        version=len(deal.moves) + sum(1 for _ in changed_terms(terms)),
    )


def deal_name(deal: told.Deal) -> str:
    name = PRODUCTS[deal.product].name
    return f"{deal.pieces} × {name}" if deal.pieces > 1 else name


def changed_terms(terms: list[Terms]) -> Iterator[tuple[Terms, bool]]:
    """The changes that change anything, and whether that is the amount."""
    for before, after in pairwise(terms):
        is_new_amount = before.amount != after.amount
        if is_new_amount or before.expected_close != after.expected_close:
            yield after, is_new_amount


def _stage_changes(company: Company, row: Opportunity, deal: told.Deal) -> Iterator[StageChange]:
    before = None
    for move in deal.moves:
        to = company.phases[move.to]
        yield StageChange(
            opportunity=row,
            pipeline_id=row.pipeline_id,
            from_stage=before,
            to_stage=to,
            at=instant(move.at),
            by=row.owner,
            lost_reason=None if move.reason is None else company.reasons[move.reason],
        )
        before = to


def _amount_changes(row: Opportunity, terms: list[Terms]) -> Iterator[AmountChange]:
    known = [] if terms[0].amount is None else [terms[0]]
    known += [change for change, is_new_amount in changed_terms(terms) if is_new_amount]
    for change in known:
        yield AmountChange(
            opportunity=row,
            pipeline_id=row.pipeline_id,
            amount=change.amount,
            currency=row.currency,
            at=instant(change.at),
            by=row.owner,
        )
