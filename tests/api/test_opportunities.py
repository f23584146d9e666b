"""Deals over the API: shape, writing, moving, and what is refused."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pipeline.models import LostReason, Opportunity, Stage, StageChange

URL = "/api/v1/opportunities/"


def test_a_deal_has_the_documented_shape(api, deal):
    shown = api.owner.get(f"{URL}{deal.pk}/").json()
    assert shown["amount"] == "1000.00"
    assert shown["status"] == "open"
    assert shown["probability"] is None
    assert shown["created_at"].endswith("Z")
    documented = (
        "id external_id name customer owner pipeline stage status amount currency probability "
        "created_at stage_entered_at expected_close closed_at lost_reason version"
    )
    assert set(documented.split()) <= set(shown)


def test_a_new_deal_stands_in_the_first_stage_and_belongs_to_its_maker(
    api, company, customer, pipeline, stages
):
    answer = api.owner.post(
        URL, {"name": "Line 2", "customer": customer.pk, "pipeline": pipeline.pk, "amount": "5.50"}
    )
    assert answer.status_code == 201
    made = answer.json()
    assert made["stage"] == stages["Qualified"].pk
    assert made["owner"] == company.owner.pk
    assert made["currency"] == "CNY"
    assert answer["ETag"]


def test_a_deal_may_begin_in_a_named_stage_in_the_past(api, customer, pipeline, stages):
    made = api.owner.post(
        URL,
        {
            "name": "Old",
            "customer": customer.pk,
            "pipeline": "New equipment",
            "stage": "Proposal",
            "created_at": "2020-01-05T00:00:00Z",
        },
    ).json()
    assert made["stage"] == stages["Proposal"].pk
    assert made["created_at"] == made["stage_entered_at"] == "2020-01-05T00:00:00Z"


def test_moving_a_deal_writes_its_history(api, deal, stages):
    at = timezone.now() - timedelta(days=2)
    answer = api.owner.post(
        f"{URL}{deal.pk}/move/", {"stage": stages["Won"].pk, "at": at.isoformat()}
    )
    assert answer.status_code == 200
    assert answer.json()["status"] == "won"
    assert answer.json()["probability"] == 1
    change = StageChange.objects.live().get(opportunity=deal, to_stage=stages["Won"])
    assert change.at == at


def test_a_lost_deal_needs_its_reason(api, deal, problem, pointers):
    LostReason.objects.create(name="Price")
    move = f"{URL}{deal.pk}/move/"
    refused = problem(api.owner.post(move, {"stage": "lost"}), 400, "validation")
    assert pointers(refused) == {"#/lost_reason"}
    moved = api.owner.post(move, {"stage": "lost", "lost_reason": "Price"})
    assert moved.json()["status"] == "lost"
    assert moved.json()["probability"] == 0


def test_a_move_before_the_last_or_into_the_future_is_refused(api, deal, problem, pointers):
    for at in ("2001-01-01T00:00:00Z", "2150-01-01T00:00:00Z"):
        answer = api.owner.post(f"{URL}{deal.pk}/move/", {"stage": "Proposal", "at": at})
        assert pointers(problem(answer, 400)) == {"#/at"}


def test_the_stage_is_not_changed_by_editing(api, deal, stages, problem, pointers):
    etag = api.owner.get(f"{URL}{deal.pk}/")["ETag"]
    answer = api.owner.patch(
        f"{URL}{deal.pk}/", {"stage": stages["Won"].pk}, headers={"If-Match": etag}
    )
    assert pointers(problem(answer, 400)) == {"#/stage"}


def test_what_was_read_may_be_put_back(api, deal):
    seen = api.owner.get(f"{URL}{deal.pk}/")
    document = seen.json() | {"name": "Line 1b"}
    answer = api.owner.put(f"{URL}{deal.pk}/", document, headers={"If-Match": seen["ETag"]})
    assert answer.status_code == 200, answer.content
    assert answer.json()["name"] == "Line 1b"
    assert answer.json()["version"] == document["version"] + 1


def test_upsert_makes_once_and_updates_after(api, pipeline, customer):
    body = {"external_id": "X-9", "pipeline": pipeline.pk, "name": "N", "customer": customer.pk}
    first = api.owner.post(f"{URL}upsert/", body)
    second = api.owner.post(f"{URL}upsert/", body | {"amount": "7"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert second.json()["amount"] == "7.00"


def test_deleting_archives(api, deal):
    etag = api.owner.get(f"{URL}{deal.pk}/")["ETag"]
    assert api.owner.delete(f"{URL}{deal.pk}/", headers={"If-Match": etag}).status_code == 204
    assert Opportunity.objects.get(pk=deal.pk).archived_at
    assert api.owner.get(URL).json()["results"] == []
    assert len(api.owner.get(f"{URL}?archived=true").json()["results"]) == 1


def test_an_archived_deal_is_taken_back(api, deal):
    etag = api.owner.get(f"{URL}{deal.pk}/")["ETag"]
    api.owner.delete(f"{URL}{deal.pk}/", headers={"If-Match": etag})
    stale = api.owner.post(f"{URL}{deal.pk}/restore/", headers={"If-Match": etag})
    assert stale.status_code == 412
    answer = api.owner.post(f"{URL}{deal.pk}/restore/")
    assert (answer.status_code, answer.json()["archived_at"]) == (200, None)
    assert [row["id"] for row in api.owner.get(URL).json()["results"]] == [deal.pk]


def test_a_deal_is_not_taken_back_into_a_retired_stage(api, deal, stages, problem, pointers):
    deal.archived_at = timezone.now()
    deal.save()
    Stage.objects.filter(pk=stages["Qualified"].pk).update(retired_at=timezone.now())
    answer = api.owner.post(f"{URL}{deal.pk}/restore/")
    assert pointers(problem(answer, 400)) == {"#/stage"}


@pytest.mark.parametrize("name", ["stage", "pipeline", "lost_reason"])
def test_a_number_of_thousands_of_digits_names_nothing(
    api, deal, customer, pipeline, problem, pointers, name
):
    body = {"name": "N", "customer": customer.pk, "pipeline": pipeline.pk, name: "9" * 5000}
    assert pointers(problem(api.owner.post(URL, body), 400)) == {f"#/{name}"}
    if name != "pipeline":
        body = {"stage": "lost", name: "1" * 5000}
        answer = api.owner.post(f"{URL}{deal.pk}/move/", body)
        assert pointers(problem(answer, 400)) == {f"#/{name}"}


def test_a_customer_out_of_sight_cannot_be_sold_to(api, customer, pipeline, problem, pointers):
    body = {"name": "N", "customer": customer.pk, "pipeline": pipeline.pk}
    assert pointers(problem(api.stranger.post(URL, body), 400)) == {"#/customer"}
