"""Bringing past moves: instants kept, all or none, nothing twice, corrections append-only."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import DirtyFlag
from pipeline.models import Opportunity, StageChange
from pipeline.services.opportunities import create_opportunity, move_opportunity

BULK = "/api/v1/stage-changes/bulk/"


def day(month, number=1):
    return f"2020-{month:02}-{number:02}T00:00:00Z"


@pytest.fixture
def old_deal(company, pipeline, customer):
    """A deal that began in January 2020 and has not moved since."""
    return create_opportunity(
        pipeline=pipeline,
        by=company.owner,
        customer=customer,
        name="Old",
        external_id="O-1",
        created_at=timezone.datetime.fromisoformat(day(1)),
    )


def history(deal):
    rows = StageChange.objects.live().filter(opportunity=deal).order_by("at", "id")
    return [(row.from_stage and row.from_stage.name, row.to_stage.name) for row in rows]


def test_past_moves_become_the_history_and_the_deal_stands_at_its_end(api, old_deal, pipeline):
    answer = api.owner.post(
        BULK,
        [
            {"opportunity": old_deal.pk, "stage": "won", "at": day(4)},
            {"external_id": "O-1", "pipeline": pipeline.pk, "stage": "Proposal", "at": day(2)},
        ],
    )
    assert answer.json() == {"created": 2, "unchanged": 0, "voided": 0}
    assert history(old_deal) == [
        (None, "Qualified"),
        ("Qualified", "Proposal"),
        ("Proposal", "Won"),
    ]
    old_deal.refresh_from_db()
    assert old_deal.status == "won"
    assert old_deal.closed_at == timezone.datetime.fromisoformat(day(4))
    assert DirtyFlag.objects.filter(name=f"estimates:{pipeline.pk}").exists()


def test_sent_again_nothing_changes(api, old_deal):
    rows = [
        {"opportunity": old_deal.pk, "stage": "Proposal", "at": day(2)},
        {"opportunity": old_deal.pk, "stage": "Proposal", "at": day(3)},
    ]
    assert api.owner.post(BULK, rows).json()["created"] == 1
    version = Opportunity.objects.get(pk=old_deal.pk).version
    assert api.owner.post(BULK, rows).json() == {"created": 0, "unchanged": 2, "voided": 0}
    assert Opportunity.objects.get(pk=old_deal.pk).version == version
    assert len(history(old_deal)) == 2


def test_a_move_between_two_others_voids_and_replaces_what_followed(api, old_deal):
    api.owner.post(BULK, [{"opportunity": old_deal.pk, "stage": "won", "at": day(4)}])
    answer = api.owner.post(BULK, [{"opportunity": old_deal.pk, "stage": "Proposal", "at": day(2)}])
    assert answer.json() == {"created": 1, "unchanged": 0, "voided": 1}
    assert history(old_deal)[1:] == [("Qualified", "Proposal"), ("Proposal", "Won")]
    voided = StageChange.objects.get(opportunity=old_deal, voided_by__isnull=False)
    assert (voided.from_stage.name, voided.to_stage.name) == ("Qualified", "Won")


@pytest.mark.parametrize("cut", [1, 2])
def test_portions_in_any_order_give_one_history(api, old_deal, cut):
    rows = [
        {"opportunity": old_deal.pk, "stage": stage, "at": day(month)}
        for month, stage in ((2, "Proposal"), (3, "Negotiation"), (4, "lost"))
    ]
    api.owner.post(BULK, rows[cut:])
    api.owner.post(BULK, rows[:cut])
    assert [to for _from, to in history(old_deal)] == [
        "Qualified",
        "Proposal",
        "Negotiation",
        "Lost",
    ]


def test_the_past_of_a_deal_entered_today_replaces_its_entry(api, pipeline, customer):
    made = api.owner.post(
        "/api/v1/opportunities/",
        {"name": "N", "customer": customer.pk, "pipeline": pipeline.pk},
    ).json()
    rows = [
        {"opportunity": made["id"], "stage": "Qualified", "at": day(1)},
        {"opportunity": made["id"], "stage": "won", "at": day(3)},
    ]
    api.owner.post(BULK, rows)
    deal = Opportunity.objects.get(pk=made["id"])
    assert history(deal) == [(None, "Qualified"), ("Qualified", "Won")]
    assert deal.created_at == timezone.datetime.fromisoformat(day(1))


def test_one_wrong_row_refuses_all_and_says_which(api, old_deal, company, problem, pointers):
    future = (timezone.now() + timedelta(days=2)).isoformat()
    good = {"opportunity": old_deal.pk, "stage": "Proposal", "at": day(2)}
    rows = [good, good | {"stage": "Nowhere"}, good | {"opportunity": 10**12}]
    assert pointers(problem(api.owner.post(BULK, rows), 400)) == {"#/1/stage", "#/2/opportunity"}
    rows = [good, good | {"at": future}, good | {"at": "2019-01-01T00:00:00Z"}]
    move_opportunity(old_deal, to=old_deal.pipeline.stages.get(name="Proposal"), by=company.owner)
    assert pointers(problem(api.owner.post(BULK, rows), 400)) == {"#/1/at", "#/2/at"}
    rows = [good, {"opportunity": 1, "at": "x"}, {"stage": "won", "at": day(2)}]
    found = pointers(problem(api.owner.post(BULK, rows), 400))
    assert found == {"#/1/at", "#/1/stage", "#/2/opportunity"}
    assert len(history(old_deal)) == 2


@pytest.mark.parametrize("body", [{}, "x", 3, None, [1], [[]], [{}] * 5001])
def test_what_is_no_list_of_moves_is_refused(api, problem, body):
    problem(api.owner.post(BULK, body), 400)


def test_many_moves_cost_a_fixed_number_of_queries(
    api, company, pipeline, stages, django_assert_max_num_queries
):
    deals = [
        create_opportunity(
            pipeline=pipeline,
            by=company.owner,
            name=f"D{i}",
            created_at=timezone.datetime.fromisoformat(day(1)),
        )
        for i in range(40)
    ]
    rows = [
        {"opportunity": deal.pk, "stage": stage, "at": day(month)}
        for deal in deals
        for month, stage in ((2, "Proposal"), (3, "won"))
    ]
    api.owner.get("/api/v1/sources/")
    with django_assert_max_num_queries(22):
        assert api.owner.post(BULK, rows).json()["created"] == 80
