"""Histories for tests, written in bulk with a fixed seed."""

from datetime import timedelta

import numpy as np

from crm.models import Customer, LifecycleChange
from pipeline.models import AmountChange, Opportunity, StageChange

ADVANCE = 0.6


def write_history(
    pipeline,
    *,
    start,
    days,
    deals,
    seed=1,
    owner=None,
    known_from=None,
    advance=None,
    mean_stay=12,
    times=1.0,
):
    """``deals`` deals opened evenly over ``days``, each passing the stages at random.

    A stay lasts ``mean_stay`` days on average and goes on with probability ``advance``, else the
    deal is lost. Amounts are ``times`` as large as usual, and known from the opening on, or from
    when ``known_from`` says of a deal (None for never).
    """
    known_from = known_from or (lambda deal: deal.created_at)
    advance = ADVANCE if advance is None else advance
    rng = np.random.default_rng(seed)
    stages = sorted(pipeline.stages.all(), key=lambda s: (s.is_lost, s.is_won, s.order))
    end = start + timedelta(days=days)
    rows, paths = [], []
    for opened in np.sort(rng.uniform(0, days, deals)):
        path = _path(rng, stages, start + timedelta(days=float(opened)), end, advance, mean_stay)
        rows.append(_deal(pipeline, path, amount=round(times * float(rng.lognormal(12, 0.5)), 2)))
        rows[-1].owner = owner
        paths.append(path)
    Opportunity.objects.bulk_create(rows)
    StageChange.objects.bulk_create(
        change for deal, path in zip(rows, paths, strict=True) for change in _changes(deal, path)
    )
    AmountChange.objects.bulk_create(
        AmountChange(
            opportunity=deal,
            pipeline=pipeline,
            amount=deal.amount,
            currency=deal.currency,
            at=known_from(deal),
        )
        for deal in rows
        if known_from(deal)
    )
    return rows


def _path(rng, stages, at, end, advance, mean_stay):
    *ahead, lost = stages
    path = [(ahead[0], at)]
    for stage in ahead[1:]:
        at += timedelta(days=float(rng.exponential(mean_stay)))
        if at >= end:
            return path
        if rng.random() > advance:
            return [*path, (lost, at)]
        path.append((stage, at))
    return path


def _deal(pipeline, path, *, amount):
    stage, entered = path[-1]
    return Opportunity(
        pipeline=pipeline,
        name="Deal",
        stage=stage,
        created_at=path[0][1],
        stage_entered_at=entered,
        closed_at=None if stage.is_open else entered,
        amount=amount,
        currency=pipeline.currency,
    )


def _changes(deal, path):
    before = None
    for stage, at in path:
        yield StageChange(
            opportunity=deal, pipeline=deal.pipeline, from_stage=before, to_stage=stage, at=at
        )
        before = stage


def write_climb(pipeline, *, start, days, customers, handed_over, won, seed=1, **fields):
    """``customers`` begin on the first stage of the pipeline's ladder evenly over ``days``.

    After ten days on average they come to the second, which hands over, with probability
    ``handed_over``, else to the ladder's lost stage; each of those handed over opens a deal two
    days later, which is won with probability ``won`` within weeks. ``fields`` are those of
    customers and deals alike.
    """
    rng = np.random.default_rng(seed)
    first, handing = pipeline.ladder.stages.order_by("order")[:2]
    lost, end = pipeline.ladder.stages.get(is_lost=True), start + timedelta(days=days)
    begun = [start + timedelta(days=float(day)) for day in np.sort(rng.uniform(0, days, customers))]
    rows = Customer.objects.bulk_create(
        Customer(name=f"Customer {place}", created_at=at, **fields)
        for place, at in enumerate(begun)
    )
    changes, deals, paths = [], [], []
    for row, at in zip(rows, begun, strict=True):
        there = {"customer": row, "ladder": pipeline.ladder}
        changes.append(LifecycleChange(**there, to_stage=first, at=at))
        at += timedelta(days=float(rng.exponential(10)))
        if at >= end:
            continue
        to = handing if rng.random() < handed_over else lost
        changes.append(LifecycleChange(**there, from_stage=first, to_stage=to, at=at))
        if to == handing and at + timedelta(days=2) < end:
            paths.append(_short_path(rng, pipeline, at + timedelta(days=2), end, won))
            deals.append(_deal(pipeline, paths[-1], amount=1000))
            deals[-1].customer = row
            for name, value in fields.items():
                setattr(deals[-1], name, value)
    LifecycleChange.objects.bulk_create(changes)
    Opportunity.objects.bulk_create(deals)
    StageChange.objects.bulk_create(
        change for deal, path in zip(deals, paths, strict=True) for change in _changes(deal, path)
    )
    return rows


def _short_path(rng, pipeline, at, end, won):
    """From the first stage to won or lost."""
    stages = sorted(pipeline.stages.all(), key=lambda s: (s.is_lost, s.is_won, s.order))
    to, ended = stages[-2 if rng.random() < won else -1], at + timedelta(days=rng.exponential(20))
    return [(stages[0], at), (to, ended)] if ended < end else [(stages[0], at)]
