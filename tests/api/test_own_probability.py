"""A person's own word on a deal's chance over the API."""

import pytest

from core import clock
from pipeline.services.opportunities import move_opportunity
from tests.pipeline.laws import write_estimate

API = "/api/v1/opportunities/"


def patch(api, deal, **fields):
    etag = api.owner.get(f"{API}{deal.pk}/")["ETag"]
    return api.owner.patch(f"{API}{deal.pk}/", fields, headers={"If-Match": etag})


def test_the_api_keeps_shows_and_takes_back(api, deal):
    write_estimate(deal.pipeline, as_of=clock.now(), chances=(0.25, 0.4, 0.7))
    assert api.owner.get(f"{API}{deal.pk}/").json()["own_probability"] is None
    shown = patch(api, deal, own_probability=0.6).json()
    assert (shown["own_probability"], shown["probability"]) == (0.6, 0.25)
    assert api.owner.get(API).json()["results"][0]["own_probability"] == 0.6
    board = api.owner.get(f"/api/v1/pipelines/{deal.pipeline_id}/board/").json()
    assert board["columns"][0]["cards"][0]["own_probability"] == 0.6
    assert patch(api, deal, own_probability=None).json()["own_probability"] is None
    assert deal.own_probabilities.count() == 2


def test_a_copy_read_before_it_was_said_is_stale(api, deal):
    old = api.owner.get(f"{API}{deal.pk}/")["ETag"]
    patch(api, deal, own_probability=0.6)
    again = api.owner.patch(f"{API}{deal.pk}/", {"own_probability": 0.1}, headers={"If-Match": old})
    assert again.status_code == 412


@pytest.mark.parametrize("wrong", [1.5, -0.1, "nan", "Infinity", True, "much", [], {}, 10**400])
def test_the_api_refuses_what_is_no_share(api, deal, wrong):
    answer = patch(api, deal, own_probability=wrong)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/own_probability"]
    assert not deal.own_probabilities.exists()


def test_a_closed_deal_is_refused_but_may_be_put_back_as_read(api, deal, stages, company):
    patch(api, deal, own_probability=0.6)
    deal.refresh_from_db()
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    refused = patch(api, deal, own_probability=0.9)
    assert refused.json()["errors"][0]["pointer"] == "#/own_probability"
    seen = api.owner.get(f"{API}{deal.pk}/")
    put = api.owner.put(f"{API}{deal.pk}/", seen.json(), headers={"If-Match": seen["ETag"]})
    assert (put.status_code, put.json()["own_probability"]) == (200, 0.6)


def test_a_change_is_made_whole_or_not_at_all(api, deal, stages, company):
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    assert patch(api, deal, name="Renamed", own_probability=0.5).status_code == 400
    deal.refresh_from_db()
    assert deal.name == "Line 1"


def test_a_deal_may_come_with_it(api, deal):
    body = {"name": "N", "pipeline": deal.pipeline_id, "external_id": "X", "customer": None}
    made = api.owner.post(f"{API}upsert/", body | {"own_probability": 0.4})
    assert (made.status_code, made.json()["own_probability"]) == (201, 0.4)
    again = api.owner.post(f"{API}upsert/", body | {"own_probability": 0.5})
    assert (again.status_code, again.json()["own_probability"]) == (200, 0.5)
    assert api.owner.post(f"{API}upsert/", body).json()["own_probability"] == 0.5
