"""Stages merged while people go on moving deals in and out of them."""

import threading
from itertools import cycle

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, connections

from core.services.versions import StaleVersion
from pipeline.models import Opportunity, Stage
from pipeline.services.opportunities import create_opportunity, move_opportunity
from pipeline.services.pipelines import create_pipeline, merge_stages, unmerge_stage

MOVERS = 4
DEALS_EACH = 3
MERGES = 12


@pytest.fixture
def board(transactional_db):
    """A pipeline with some deals for every mover, on connections that can wait for each other."""
    if connection.vendor == "sqlite":
        pytest.skip("only on PostgreSQL: SQLite writes one transaction after the other")
    pipeline = create_pipeline("Sales", currency="CNY", stages=["Asked", "Offered", "Agreed"])
    for number in range(MOVERS * DEALS_EACH):
        create_opportunity(pipeline=pipeline, by=None, name=f"Deal {number}")
    return pipeline


def test_nobody_waits_for_ever_and_no_deal_is_left_in_a_merged_stage(board):
    stages = {stage.name: stage for stage in board.stages.all()}
    deals = list(Opportunity.objects.values_list("pk", flat=True))
    is_over, failures, moved = threading.Event(), [], []

    def move(own):
        try:
            for pk, name in zip(cycle(own), cycle(["Offered", "Agreed", "Asked", "Offered"])):
                if is_over.is_set():
                    break
                _try_to_move(pk, stages[name], moved)
        except DatabaseError as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=move, args=(deals[place::MOVERS],)) for place in range(MOVERS)
    ]
    for thread in threads:
        thread.start()
    merged = merge_stages(stages["Offered"], into=stages["Agreed"], by=None)
    for _time in range(MERGES):
        unmerge_stage(merged, by=None)
        merge_stages(merged, into=stages["Agreed"], by=None)
    is_over.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(moved) > MERGES
    assert not Opportunity.objects.filter(stage=merged).exists()
    assert Stage.objects.get(pk=merged.pk).merged_into == stages["Agreed"]


def _try_to_move(pk, to, moved):
    try:
        if move_opportunity(Opportunity.objects.get(pk=pk), to=to, by=None):
            moved.append(pk)
    except (ValidationError, StaleVersion):
        return  # Merged, or taken along, since it was read: whoever moves is told.
