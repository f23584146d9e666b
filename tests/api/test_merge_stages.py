"""Stages over the API: merged and taken out again, and kept where rates name them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pipeline.services.estimates import refresh
from pipeline.services.opportunities import move_opportunity


@pytest.fixture
def url(stages):
    return f"/api/v1/stages/{stages['Proposal'].pk}/"


@pytest.fixture
def into(stages):
    return {"into": stages["Negotiation"].pk}


@pytest.fixture
def proposed(deal, stages, company):
    """A deal that went to the stage ten days ago."""
    at = timezone.now() - timedelta(days=10)
    move_opportunity(deal, to=stages["Proposal"], by=company.owner, at=at)
    return deal


def stage_of(api, deal):
    found = api.owner.get(f"/api/v1/opportunities/{deal.pk}/").json()
    return found["stage"], found["stage_entered_at"]


def test_a_stage_is_merged_and_taken_out_again(api, proposed, stages, url, into):
    before = stage_of(api, proposed)
    answer = api.admin.post(f"{url}merge/", into)
    assert answer.status_code == 200
    assert answer.json()["merged_into"] == into["into"]
    assert answer.json()["retired_at"]
    assert stage_of(api, proposed) == (into["into"], before[1])
    answer = api.admin.post(f"{url}unmerge/")
    assert (answer.json()["merged_into"], answer.json()["retired_at"]) == (None, None)
    assert stage_of(api, proposed) == before


def test_what_cannot_be_merged_is_a_problem_beside_its_field(api, stages, url, problem, pointers):
    for into in (stages["Proposal"].pk, stages["Won"].pk, 0, None, "Negotiation"):
        answer = api.admin.post(f"{url}merge/", {"into": into})
        assert pointers(problem(answer, 400)) == {"#/into"}, into
    assert pointers(problem(api.admin.post(f"{url}merge/", {}), 400)) == {"#/into"}
    problem(api.admin.post(f"{url}unmerge/"), 400)


def test_a_stage_that_changed_since_it_was_seen_is_not_merged(api, url, into, problem):
    seen = api.admin.get(url)["ETag"]
    api.admin.patch(url, {"name": "Offer"})
    problem(api.admin.post(f"{url}merge/", into, headers={"If-Match": seen}), 412)


def test_a_merged_stage_is_not_simply_put_back_into_use(api, url, into, problem, pointers):
    api.admin.post(f"{url}merge/", into)
    answer = api.admin.patch(url, {"retired_at": None})
    assert pointers(problem(answer, 400)) == {"#/retired_at"}
    assert pointers(problem(api.admin.patch(url, {"merged_into": None}), 400))
    assert api.admin.patch(url, {"name": "Once"}).status_code == 200


def test_a_merged_stage_takes_no_deal(api, proposed, url, into, problem):
    api.admin.post(f"{url}merge/", into)
    move = f"/api/v1/opportunities/{proposed.pk}/move/"
    assert api.owner.post(move, {"stage": "Qualified"}).status_code == 200
    problem(api.owner.post(move, {"stage": "Proposal"}), 400)


def test_past_moves_by_the_old_name_are_moves_into_the_other(api, proposed, stages, url, into):
    bulk = "/api/v1/stage-changes/bulk/"
    _stage, entered = stage_of(api, proposed)
    days = [f"{timezone.now() - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}" for days in (5, 2)]
    api.admin.post(f"{url}merge/", into)
    known = [
        {"opportunity": proposed.pk, "stage": "Proposal", "at": entered},
        {"opportunity": proposed.pk, "stage": "Negotiation", "at": entered},
    ]
    assert api.admin.post(bulk, known).json() == {"created": 0, "unchanged": 2, "voided": 0}
    away = {"opportunity": proposed.pk, "stage": "Qualified", "at": days[0]}
    again = {"opportunity": proposed.pk, "stage": "Proposal", "at": days[1]}
    assert api.admin.post(bulk, [away, again]).json()["created"] == 2
    assert stage_of(api, proposed) == (into["into"], days[1])


def test_the_minutes_of_a_slip_are_set_within_a_day(api, pipeline, problem, pointers):
    address = f"/api/v1/pipelines/{pipeline.pk}/"
    assert api.admin.get(address).json()["misclick_minutes"] == 5
    assert api.admin.patch(address, {"misclick_minutes": 0}).json()["misclick_minutes"] == 0
    for wrong in (-1, 24 * 60 + 1, "soon", None):
        answer = api.admin.patch(address, {"misclick_minutes": wrong})
        assert pointers(problem(answer, 400)) == {"#/misclick_minutes"}
    made = {"name": "Fast", "currency": "CNY", "stages": ["A"], "misclick_minutes": 30}
    answer = api.admin.post("/api/v1/pipelines/", made)
    assert (answer.status_code, answer.json()["misclick_minutes"]) == (201, 30)


def test_a_step_of_a_ladder_that_rates_name_is_kept(api, customer, pipeline, ladder, problem):
    body = {"ladder": ladder.pk, "name": "Lead", "order": 0, "part": "nurturing"}
    made = api.admin.post("/api/v1/lifecycle-stages/", body).json()
    address = f"/api/v1/lifecycle-stages/{made['id']}/"
    refresh(pipeline)
    assert "rename it" in problem(api.admin.delete(address), 409, "in-use")["detail"]
    assert api.admin.patch(address, {"name": "Contact"}).status_code == 200
