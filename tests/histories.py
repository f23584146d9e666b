"""Histories for tests, written in bulk with a fixed seed."""

from datetime import timedelta

import numpy as np

from pipeline.models import AmountChange, Opportunity, StageChange

ADVANCE = 0.6


def write_history(pipeline, *, start, days, deals, seed=1, owner=None):
    """``deals`` deals opened evenly over ``days``, each passing the stages at random.

    A stay lasts 12 days on average and goes on with probability .6, else the deal is lost.
    """
    rng = np.random.default_rng(seed)
    stages = sorted(pipeline.stages.all(), key=lambda s: (s.is_lost, s.is_won, s.order))
    end = start + timedelta(days=days)
    rows, paths = [], []
    for opened in np.sort(rng.uniform(0, days, deals)):
        path = _path(rng, stages, start + timedelta(days=float(opened)), end)
        rows.append(_deal(pipeline, path, amount=round(float(rng.lognormal(12, 0.5)), 2)))
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
            at=deal.created_at,
        )
        for deal in rows
    )
    return rows


def _path(rng, stages, at, end):
    *ahead, lost = stages
    path = [(ahead[0], at)]
    for stage in ahead[1:]:
        at += timedelta(days=float(rng.exponential(12)))
        if at >= end:
            return path
        if rng.random() > ADVANCE:
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
