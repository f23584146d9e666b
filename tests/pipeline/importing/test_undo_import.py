"""An import taken back leaves the history as it was, and its counts with it."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from core import clock
from core.models import ImportBatch
from pipeline.counting import counts_of_history
from pipeline.cubes import counts_of_cube
from pipeline.estimation import months_in
from pipeline.models import Opportunity, Pipeline, StageChange
from pipeline.services.cube import bring_up_to_date
from pipeline.services.importing.undo import undo_import
from pipeline.services.opportunities import move_opportunity
from tests.pipeline.test_count_cube import assert_same

pytestmark = pytest.mark.django_db

LOG = [
    ("a", "Contacted", "2024-01-01"),
    ("a", "Offered", "2024-01-02"),
    ("b", "Contacted", "2024-01-01"),
    ("b", "lost", "2024-01-05"),
]


def run_log(importer, *log, **deals):
    rows = [{"id": name, **deals.get(name, {})} for name in sorted({row[0] for row in log})]
    return importer.run(importer.deals(*rows), importer.history(*log))


def history():
    live = StageChange.objects.live().order_by("opportunity", "at", "id")
    return list(live.values_list("opportunity__external_id", "to_stage__name", "at"))


def assert_counts_hold():
    pipeline, as_of = Pipeline.objects.get(), clock.default_as_of()
    month_of = months_in(settings.COMPANY_TIME_ZONE)
    cube = bring_up_to_date(pipeline, as_of=as_of)
    kept = counts_of_cube(cube, as_of=as_of, month_of=month_of)
    assert_same(kept, counts_of_history(pipeline, as_of=as_of, month_of=month_of))


def test_what_an_import_corrected_holds_again(importer):
    run_log(importer, *LOG, a={"amount": "5"})
    before = history()
    deals = {deal.external_id: deal for deal in Opportunity.objects.all()}
    assert_counts_hold()
    wrong = [("a", "Contacted", "2023-05-05"), ("a", "won", "2024-01-02"), *LOG[2:]]
    run_log(importer, *wrong, ("c", "Contacted", "2024-02-02"), a={"amount": "9"})
    assert history() != before
    assert_counts_hold()
    undone = undo_import(ImportBatch.objects.latest("id"), by=None)
    assert (undone.deals, undone.archived) == (2, 1)
    assert history() == before
    assert_counts_hold()
    for deal in Opportunity.objects.filter(archived_at__isnull=True):
        was = deals[deal.external_id]
        assert (deal.stage, deal.stage_entered_at, deal.amount, deal.closed_at) == (
            was.stage,
            was.stage_entered_at,
            was.amount,
            was.closed_at,
        )


def test_a_better_file_makes_the_deals_anew(importer):
    run_log(importer, *LOG)
    undo_import(ImportBatch.objects.latest("id"), by=None)
    assert history() == []
    report = run_log(importer, *LOG)
    assert report.counts.created == 2
    assert len(history()) == 4
    assert_counts_hold()


def test_moves_made_by_hand_stay(importer):
    run_log(importer, *LOG)
    deal = Opportunity.objects.get(external_id="a")
    move_opportunity(deal, to=deal.pipeline.stages.get(is_won=True), by=None)
    undo_import(ImportBatch.objects.latest("id"), by=None)
    deal.refresh_from_db()
    assert deal.archived_at is None
    assert deal.stage.is_won
    assert [move[:2] for move in history()] == [("a", "Won")]
    assert_counts_hold()


def test_twice_is_refused_and_the_command_says_so(importer):
    run_log(importer, *LOG)
    batch = ImportBatch.objects.latest("id")
    out = StringIO()
    call_command("undo_import", str(batch.pk), stdout=out)
    assert "2" in out.getvalue()
    with pytest.raises(ValidationError, match="taken back already"):
        undo_import(ImportBatch.objects.get(pk=batch.pk), by=None)
    with pytest.raises(CommandError, match="taken back already"):
        call_command("undo_import", str(batch.pk))
    with pytest.raises(CommandError, match="no import 999"):
        call_command("undo_import", "999")
