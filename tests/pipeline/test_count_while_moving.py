"""Counting while people go on moving deals loses nothing and counts nothing twice."""

import random
import threading
import time
from contextlib import suppress

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection

from core import clock
from core.services.versions import StaleVersion
from pipeline.counting import counts_of_history
from pipeline.cubes import counts_of_cube
from pipeline.estimation import months_in
from pipeline.models import Opportunity, StageChange
from pipeline.services.cube import bring_up_to_date, rebuild
from pipeline.services.opportunities import move_opportunity, undo_move
from tests.histories import write_history
from tests.pipeline.test_count_cube import assert_same

SECONDS = 4.0

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="only on PostgreSQL"),
]


def keep_moving(deals, stages, until, done, errors, seed):
    rng = random.Random(seed)
    try:
        while time.monotonic() < until:
            found = Opportunity.objects.select_related("stage", "pipeline", "customer")
            deal = found.get(pk=rng.choice(deals))
            with suppress(StaleVersion, ValidationError):
                if rng.random() < 0.2:
                    undo_move(deal, by=None)
                else:
                    move_opportunity(deal, to=rng.choice(stages), by=None)
                done.append(deal.pk)
    except Exception as error:
        errors.append(error)
    finally:
        connection.close()


def test_rebuilds_and_recomputes_between_moves_end_with_every_move(pipeline, company_day):
    month_of = months_in(settings.COMPANY_TIME_ZONE)
    clock.pin(None)
    deals = [
        deal.pk
        for deal in write_history(pipeline, start=company_day("2001-01-01"), days=300, deals=150)
    ]
    stages = [stage for stage in pipeline.stages.all() if not stage.is_lost]
    until, done, errors = time.monotonic() + SECONDS, [], []
    movers = [
        threading.Thread(target=keep_moving, args=(deals, stages, until, done, errors, seed))
        for seed in range(3)
    ]
    for mover in movers:
        mover.start()
    rounds = 0
    while time.monotonic() < until:
        count = rebuild if rounds % 3 == 0 else bring_up_to_date
        count(pipeline, as_of=clock.default_as_of())
        rounds += 1
    for mover in movers:
        mover.join()
    assert not errors
    assert len(done) > 20
    assert rounds > 3
    as_of = clock.default_as_of()
    kept = counts_of_cube(bring_up_to_date(pipeline, as_of=as_of), as_of=as_of, month_of=month_of)
    assert_same(kept, counts_of_history(pipeline, as_of=as_of, month_of=month_of))
    assert StageChange.objects.filter(opportunity__in=deals).count() >= len(set(done))
