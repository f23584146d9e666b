"""However a history is cut into files, it ends as the same history."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.models import Opportunity, Pipeline, StageChange

pytestmark = pytest.mark.django_db

START = datetime(2024, 1, 1, tzinfo=UTC)
STAGES = ["Contacted", "Offered", "Agreed", "won", "lost"]
DEALS = ["a", "b", "c"]
ROW = st.tuples(st.sampled_from(DEALS), st.sampled_from(STAGES), st.integers(0, 12))
LOGS = st.lists(ROW, min_size=1, max_size=25)
QUICK = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def run(importer, name, *portions):
    """Import the portions one after the other into a pipeline; its deals and live moves."""
    importer.mapping["pipeline"] = name
    for portion in portions:
        rows = [
            (deal, stage, (START + timedelta(hours=at)).isoformat()) for deal, stage, at in portion
        ]
        importer.run(importer.deals(*({"id": deal} for deal in DEALS)), importer.history(*rows))
    pipeline = Pipeline.objects.get(name=name)
    fields = ("external_id", "stage__name", "created_at", "stage_entered_at", "closed_at")
    deals = Opportunity.objects.filter(pipeline=pipeline).order_by("external_id")
    moves = StageChange.objects.live().filter(pipeline=pipeline)
    return list(deals.values_list(*fields)), list(
        moves.order_by("opportunity__external_id", "at", "pk").values_list(
            "opportunity__external_id", "from_stage__name", "to_stage__name", "at"
        )
    )


def check(importer, ends, whole, *portions):
    importer.mapping["first_outcome_ends"] = ends
    with transaction.atomic():  # One test's database serves all examples: leave nothing behind.
        at_once = run(importer, "At once", whole)
        assert run(importer, "In portions", *portions) == at_once
        transaction.set_rollback(True)


@QUICK
@given(log=LOGS, keep=st.lists(st.booleans(), min_size=25, max_size=25), ends=st.booleans())
def test_any_part_of_a_log_and_then_all_of_it_equal_one_import(importer, log, keep, ends):
    part = [row for row, kept in zip(log, keep, strict=False) if kept]
    check(importer, ends, log, part, log)


@QUICK
@given(log=LOGS, cut=st.integers(0, 12), ends=st.booleans())
def test_a_log_to_an_instant_and_then_the_rest_equal_one_import(importer, log, cut, ends):
    before = [row for row in log if row[2] <= cut]
    after = [row for row in log if row[2] > cut]
    check(importer, ends, log, before, after)
