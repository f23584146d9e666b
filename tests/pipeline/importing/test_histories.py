"""What the rows mean: moves, dates, outcomes and amounts."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.models import User
from core import clock
from crm.models import Customer, LifecycleChange
from pipeline.models import AmountChange, LostReason, Opportunity, StageChange

pytestmark = pytest.mark.django_db


def test_columns_date_the_stages_they_know_and_leave_out_the_others(importer, moves):
    importer.run_rows(
        {
            "id": "a",
            "stage": "won",
            "created": "2024-01-10",
            "offered": "2024-02-01 12:00",
            "closed": "2024-03-05",
            "amount": "120",
        }
    )

    # Midnight and noon in Amsterdam; nobody dates "Agreed", which is a skip.
    assert moves("a") == [
        (None, "Contacted", "01-09 23:00"),
        ("Contacted", "Offered", "02-01 11:00"),
        ("Offered", "Won", "03-04 23:00"),
    ]
    deal = Opportunity.objects.get(external_id="a")
    assert deal.created_at == datetime(2024, 1, 9, 23, tzinfo=UTC)
    assert deal.stage_entered_at == deal.closed_at == datetime(2024, 3, 4, 23, tzinfo=UTC)
    assert deal.status == "won"


def test_a_stage_without_a_date_is_set_without_a_move(importer, moves):
    report = importer.run_rows({"id": "a", "stage": "Agreed", "created": "2024-01-10"})

    deal = Opportunity.objects.get(external_id="a")
    assert moves("a") == [(None, "Contacted", "01-09 23:00")]
    assert (deal.stage.name, deal.stage_entered_at) == ("Agreed", None)
    assert report.counts.undated == 1


def test_a_log_is_sorted_and_its_stays_are_joined(importer, moves):
    history = importer.history(
        ("a", "won", "2024-01-05T12:00:00+00:00"),
        ("a", "Offered", "2024-01-02T12:00:00+00:00"),
        ("a", "Contacted", "2024-01-01T12:00:00+00:00"),
        ("a", "Offered", "2024-01-03T12:00:00+00:00"),
        ("a", "Contacted", "2024-01-04T12:00:00+00:00"),
        ("a", "Agreed", "2024-01-05T12:00:00+00:00"),
    )
    importer.run(importer.deals({"id": "a"}), history)

    assert moves("a") == [
        (None, "Contacted", "01-01 12:00"),
        ("Contacted", "Offered", "01-02 12:00"),
        ("Offered", "Contacted", "01-04 12:00"),
        ("Contacted", "Agreed", "01-05 12:00"),
        ("Agreed", "Won", "01-05 12:00"),
    ]


@pytest.mark.parametrize(
    ("first_outcome_ends", "status", "steps"), [(True, "lost", 2), (False, "won", 4)]
)
def test_moves_after_an_outcome_reopen_the_deal_or_are_passed_over(
    importer, moves, first_outcome_ends, status, steps
):
    importer.mapping["first_outcome_ends"] = first_outcome_ends
    log = [
        ("a", stage, f"2024-01-0{day}")
        for day, stage in enumerate(["Contacted", "lost", "Offered", "won"], start=1)
    ]
    importer.run(importer.deals({"id": "a"}), importer.history(*log))

    assert len(moves("a")) == steps
    assert Opportunity.objects.get().status == status


def test_where_log_and_columns_disagree_the_log_holds(importer, moves):
    deals = importer.deals(
        {"id": "a", "stage": "won", "created": "2024-01-20", "closed": "2024-02-01"}
    )
    importer.run(deals, importer.history(("a", "Offered", "2024-01-03T00:00+00:00")))

    assert moves("a") == [(None, "Offered", "01-03 00:00")]
    deal = Opportunity.objects.get()
    assert (deal.stage.name, deal.closed_at) == ("Offered", None)
    assert deal.created_at == datetime(2024, 1, 3, tzinfo=UTC)


def test_stages_to_pass_over_and_values_to_translate(importer, moves, refused):
    importer.mapping["stage_map"] = {"S1": "Contacted", "S9": "won"}
    importer.mapping["ignore_stages"] = ["X_*"]
    history = importer.history(
        ("a", "S1", "2024-01-01"), ("a", "X_mail", "2024-01-02"), ("a", "S9", "2024-01-03")
    )
    report = importer.run(importer.deals({"id": "a"}), history)

    assert [to for _before, to, _at in moves("a")] == ["Contacted", "Won"]
    assert refused(report) == []


def test_who_moved_a_deal_is_kept_and_unknown_people_are_inactive(importer, company):
    history = importer.history(("a", "Contacted", "2024-01-01", "Li"), ("a", "won", "2024-01-02"))
    importer.run(importer.deals({"id": "a", "rep": "Nobody Known"}), history)

    assert list(StageChange.objects.values_list("by__name", flat=True)) == ["Li", None]
    stranger = User.objects.get(name="Nobody Known")
    assert (stranger.email, stranger.is_active) == (None, False)
    assert Opportunity.objects.get().owner == stranger
    assert User.objects.filter(name="Li").count() == 1


@pytest.mark.parametrize(("known_from", "at"), [("closed", 20), ("created", 10)])
def test_an_amount_is_known_from_where_the_mapping_says(importer, known_from, at):
    importer.mapping["amount_known_from"] = known_from
    importer.mapping["time_zone"] = "UTC"
    importer.run_rows(
        {"id": "a", "stage": "won", "created": "2024-01-10", "closed": "2024-01-20", "amount": "9"}
    )

    known = AmountChange.objects.get()
    assert (known.at, known.amount) == (datetime(2024, 1, at, tzinfo=UTC), Decimal(9))


def test_the_amount_of_an_open_deal_is_news_of_today(importer):
    importer.run_rows({"id": "a", "stage": "Offered", "created": "2024-01-10", "amount": "9"})

    assert (clock.now() - AmountChange.objects.get().at).total_seconds() < 60


def test_a_lost_deal_keeps_its_reason_and_its_amount_of_zero(importer):
    importer.run_rows(
        {"id": "a", "stage": "lost", "closed": "2024-01-20", "amount": "0", "why": "Too dear"}
    )

    deal = Opportunity.objects.get()
    assert deal.amount == 0
    assert deal.lost_reason == LostReason.objects.get(name="Too dear")
    assert StageChange.objects.get().lost_reason == deal.lost_reason


def test_a_customer_is_as_old_as_the_first_deal_and_has_no_ladder_history(importer, ladder):
    importer.run_rows(
        {"id": "a", "customer": "Acme", "created": "2024-05-01", "stage": "Contacted"},
        {"id": "b", "customer": "ACME", "created": "2023-05-01", "stage": "Contacted"},
        {"id": "c", "customer": "Undated"},
    )

    assert Customer.objects.get(name="Acme").created_at.date().isoformat() == "2023-04-30"
    assert Opportunity.objects.filter(customer__name="Acme").count() == 2
    assert (clock.now() - Customer.objects.get(name="Undated").created_at).total_seconds() < 60
    assert not LifecycleChange.objects.exists()
