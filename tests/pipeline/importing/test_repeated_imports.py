"""A file that comes again, longer or corrected, and hands that moved deals meanwhile."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from core.models import DirtyFlag, ImportBatch
from core.services import dirty
from pipeline.models import AmountChange, Opportunity, Pipeline, StageChange
from pipeline.services.opportunities import move_opportunity, update_opportunity
from pipeline.services.pipelines import create_pipeline

pytestmark = pytest.mark.django_db

LOG = [
    ("a", "Contacted", "2024-01-01"),
    ("a", "Offered", "2024-01-02"),
    ("b", "Contacted", "2024-01-01"),
    ("b", "lost", "2024-01-05"),
]


def run_log(importer, *log):
    return importer.run(importer.deals({"id": "a"}, {"id": "b"}), importer.history(*log))


def counts(report):
    return report.counts.created, report.counts.updated, report.counts.unchanged


def test_the_same_files_again_change_nothing(importer):
    deals = importer.deals(
        {"id": "a", "customer": "Acme", "rep": "Li", "amount": "5", "why": "?", "stage": "lost"},
        {"id": "b", "stage": "Offered", "created": "2024-01-01", "amount": "7.5"},
        {"id": "c", "stage": "won", "created": "2024-01-01", "closed": "2024-01-02", "amount": "3"},
    )
    first = importer.run(deals)
    before = list(Opportunity.objects.order_by("pk").values())
    again = importer.run(deals)

    assert counts(first) == (3, 0, 0)
    assert counts(again) == (0, 0, 3)
    assert list(Opportunity.objects.order_by("pk").values()) == before
    assert StageChange.objects.count() == 3
    assert AmountChange.objects.count() == 3


def test_a_longer_file_appends_moves(importer, moves):
    run_log(importer, *LOG)
    rows = set(StageChange.objects.values_list("pk", flat=True))
    report = run_log(importer, *LOG, ("a", "won", "2024-01-09"))

    assert counts(report) == (0, 1, 1)
    assert rows < set(StageChange.objects.live().values_list("pk", flat=True))
    deal = Opportunity.objects.get(external_id="a")
    assert moves("a")[-1][1] == deal.stage.name == "Won"
    assert deal.version == 2


def test_a_file_of_the_new_moves_alone_appends_them(importer, moves):
    run_log(importer, *LOG)
    run_log(importer, ("a", "Offered", "2024-01-03"), ("a", "won", "2024-01-09"))

    assert [to for _before, to, _at in moves("a")] == ["Contacted", "Offered", "Won"]
    assert StageChange.objects.filter(voided_by__isnull=False).count() == 0


def test_a_corrected_past_voids_rows_and_inserts_others(importer, moves):
    run_log(importer, *LOG, ("a", "won", "2024-01-09"))
    corrected = [("a", "Agreed", "2024-01-02") if row == LOG[1] else row for row in LOG]
    run_log(importer, *corrected, ("a", "won", "2024-01-09"))

    assert [to for _before, to, _at in moves("a")] == ["Contacted", "Agreed", "Won"]
    voided = StageChange.objects.filter(voided_by__isnull=False)
    assert {row.to_stage.name for row in voided} == {"Offered", "Won"}
    assert all(row.voided_by.voided_by is None for row in voided)
    assert moves("b") == [(None, "Contacted", "12-31 23:00"), ("Contacted", "Lost", "01-04 23:00")]


def test_moves_of_one_instant_stay_in_order_when_one_is_put_between(importer, moves):
    importer.run(
        importer.deals({"id": "a"}),
        importer.history(("a", "Contacted", "2024-01-01"), ("a", "won", "2024-01-01")),
    )
    importer.run(
        importer.deals({"id": "a"}),
        importer.history(
            ("a", "Contacted", "2024-01-01"),
            ("a", "won", "2024-01-01"),
            ("a", "Offered", "2024-01-01"),
        ),
    )

    assert [to for _before, to, _at in moves("a")] == ["Contacted", "Offered", "Won"]


def test_columns_do_not_undo_what_a_log_told(importer, moves):
    deal = {"id": "a", "stage": "won", "created": "2024-01-01", "closed": "2024-02-01"}
    importer.run(importer.deals(deal), importer.history(*LOG[:2]))
    report = importer.run_rows(deal)

    assert counts(report) == (0, 0, 1)
    assert [to for _before, to, _at in moves("a")] == ["Contacted", "Offered"]


def test_moves_made_by_hand_are_kept(importer, moves, company):
    run_log(importer, *LOG)
    deal = Opportunity.objects.get(external_id="a")
    agreed = deal.pipeline.stages.get(name="Agreed")
    move_opportunity(deal, to=agreed, by=company.owner, at=datetime(2024, 1, 8, 12, tzinfo=UTC))

    assert counts(run_log(importer, *LOG)) == (0, 0, 2)

    run_log(importer, *LOG, ("a", "Contacted", "2024-01-07"))
    assert moves("a") == [
        (None, "Contacted", "12-31 23:00"),
        ("Contacted", "Offered", "01-01 23:00"),
        ("Offered", "Contacted", "01-06 23:00"),
        ("Contacted", "Agreed", "01-08 12:00"),
    ]
    deal.refresh_from_db()
    assert deal.stage == agreed
    by_hand = StageChange.objects.live().get(to_stage=agreed)
    assert (by_hand.by, by_hand.import_batch) == (company.owner, None)


def test_a_hand_move_out_of_an_undated_stage_is_kept_as_it_is(importer, company):
    importer.run_rows({"id": "a", "stage": "Offered"})
    deal = Opportunity.objects.get()
    move_opportunity(deal, to=deal.pipeline.stages.get(name="Agreed"), by=company.owner)

    assert counts(importer.run_rows({"id": "a", "stage": "Offered"})) == (0, 0, 1)
    deal.refresh_from_db()
    assert (deal.stage.name, deal.created_at) == ("Agreed", None)


def test_an_empty_cell_leaves_what_is_known(importer):
    importer.run_rows({"id": "a", "customer": "Acme", "rep": "Li", "amount": "5"})
    deal = Opportunity.objects.get()
    update_opportunity(deal, by=None, name="The big one", region="North")

    assert counts(importer.run_rows({"id": "a"})) == (0, 0, 1)
    deal.refresh_from_db()
    assert (deal.name, deal.region, deal.amount) == ("The big one", "North", Decimal(5))
    assert deal.customer.name == "Acme"


def test_an_amount_that_grows_while_the_deal_is_open_has_a_history(importer):
    importer.run_rows({"id": "a", "stage": "Offered", "created": "2024-01-01", "amount": "5"})
    importer.run_rows({"id": "a", "stage": "Offered", "created": "2024-01-01", "amount": "8"})

    live = AmountChange.objects.live().order_by("at")
    assert [row.amount for row in live] == [5, 8]
    assert Opportunity.objects.get().amount == 8


def test_a_corrected_closing_takes_its_amount_with_it(importer):
    deal = {"id": "a", "stage": "won", "created": "2024-01-01", "amount": "5"}
    importer.run_rows(deal | {"closed": "2024-01-20"})
    importer.run_rows(deal | {"closed": "2024-01-25", "amount": "6"})

    live = AmountChange.objects.live().get()
    assert (live.amount, live.at) == (6, datetime(2024, 1, 24, 23, tzinfo=UTC))
    assert AmountChange.objects.filter(voided_by=live).count() == 1


def test_an_existing_pipeline_gets_the_stages_it_lacks_in_order(importer):
    create_pipeline("Sales", currency="EUR", stages=["Contacted", "Agreed", "Signed"])
    importer.run_rows({"id": "a", "stage": "Offered"})

    stages = Pipeline.objects.get(name="Sales").stages.order_by("order")
    assert [stage.name for stage in stages] == [
        *("Contacted", "Offered", "Agreed", "Signed", "Won", "Lost")
    ]
    assert [stage.order for stage in stages] == [1, 2, 3, 4, 5, 6]


def test_one_recompute_is_asked_for_and_none_where_nothing_changed(importer):
    importer.run_rows({"id": "a"}, {"id": "b"})
    flag = f"estimates:{Pipeline.objects.get().pk}"
    soon = timezone.now() + timedelta(minutes=1)
    assert dirty.finish(dirty.claim(flag, at=soon))
    assert dirty.claim(flag, at=soon) is None

    importer.run_rows({"id": "a"}, {"id": "b"})
    assert dirty.claim(flag, at=soon) is None


def test_deals_that_are_written_have_their_recompute_asked_for_whatever_comes_next(importer):
    importer.run_rows({"id": "a"})
    flag = f"estimates:{Pipeline.objects.get().pk}"
    soon = timezone.now() + timedelta(minutes=1)
    dirty.finish(dirty.claim(flag, at=soon))
    seen = []

    def look(share):
        """What a process finds that is killed here."""
        asked = DirtyFlag.objects.get(name=flag)
        seen.append((Opportunity.objects.count() > 1, asked.requested_seq > asked.done_seq))

    importer.run(importer.deals(*({"id": str(n)} for n in range(300))), progress=look)
    assert (True, True) in seen
    assert (True, False) not in seen


def test_a_run_whose_process_died_does_not_run_for_ever(importer):
    at = timezone.now()
    runs = [("dead.csv", at - timedelta(hours=1)), ("alive.csv", at - timedelta(seconds=10))]
    for name, seen in runs:
        ImportBatch.objects.create(kind="deals", file_name=name, seen_at=seen)
    importer.run_rows({"id": "a"})

    states = dict(ImportBatch.objects.values_list("file_name", "state"))
    assert states == {"dead.csv": "failed", "alive.csv": "running", "deals.csv": "done"}
    dead = ImportBatch.objects.get(file_name="dead.csv")
    assert dead.error
    assert dead.finished_at is not None


def test_a_long_run_is_seen_to_be_alive_chunk_by_chunk(importer):
    seen = set()

    def look(share):
        seen.update(ImportBatch.objects.filter(state="running").values_list("seen_at", flat=True))

    importer.run(importer.deals(*({"id": str(n)} for n in range(300))), progress=look)
    assert len(seen) > 1


@pytest.mark.django_db(transaction=True)
def test_an_import_that_breaks_off_says_so_and_a_second_run_completes_it(importer):
    deals = importer.deals(*({"id": str(n), "created": "2024-01-01"} for n in range(300)))

    def break_off(share):
        if share > 0.5:
            raise RuntimeError("the machine is switched off")

    with pytest.raises(RuntimeError):
        importer.run(deals, progress=break_off)
    batch = ImportBatch.objects.get()
    done = Opportunity.objects.count()
    assert (batch.state, batch.created) == (ImportBatch.State.FAILED, done)
    assert "switched off" in batch.error
    assert 0 < done < 300
    assert StageChange.objects.count() == done

    assert counts(importer.run(deals)) == (300 - done, 0, done)
    assert StageChange.objects.count() == Opportunity.objects.count() == 300
