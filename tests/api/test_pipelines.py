"""Pipelines and stages over the API: what would spoil deals or rates is refused."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from pipeline.models import Estimate, Pipeline, Stage
from pipeline.services.estimates import refresh

URL = "/api/v1/pipelines/"
RETIRED = {"retired_at": "2026-01-01T00:00:00Z"}


def test_the_currency_of_a_pipeline_with_deals_is_fixed(api, deal, problem, pointers):
    answer = api.admin.patch(f"{URL}{deal.pipeline_id}/", {"currency": "USD"})
    assert pointers(problem(answer, 400)) == {"#/currency"}
    assert api.admin.patch(f"{URL}{deal.pipeline_id}/", {"name": "Other"}).status_code == 200


def test_the_currency_of_an_empty_pipeline_may_change(api, pipeline):
    answer = api.admin.patch(f"{URL}{pipeline.pk}/", {"currency": "USD"})
    assert answer.json()["currency"] == "USD"


@pytest.mark.parametrize("end", ["Won", "Lost"])
def test_won_and_lost_are_never_retired(api, stages, problem, pointers, end):
    answer = api.admin.patch(f"/api/v1/stages/{stages[end].pk}/", RETIRED)
    assert pointers(problem(answer, 400)) == {"#/retired_at"}
    with pytest.raises(IntegrityError):
        Stage.objects.filter(pk=stages[end].pk).update(retired_at=timezone.now())


def test_a_stage_is_retired_only_when_no_deal_is_left_behind(api, deal, stages, problem, pointers):
    address = f"/api/v1/stages/{stages['Qualified'].pk}/"
    answer = api.admin.patch(address, RETIRED)
    assert pointers(problem(answer, 400)) == {"#/retired_at"}
    api.owner.post(f"/api/v1/opportunities/{deal.pk}/move/", {"stage": "Proposal"})
    assert api.admin.patch(address, RETIRED).status_code == 200
    assert api.admin.patch(address, {"name": "Once"}).status_code == 200


def test_a_stage_that_rates_name_is_retired_and_not_deleted(api, pipeline, problem):
    body = {"pipeline": pipeline.pk, "name": "Trial", "order": 9}
    address = f"/api/v1/stages/{api.admin.post('/api/v1/stages/', body).json()['id']}/"
    refresh(pipeline)
    assert "retire" in problem(api.admin.delete(address), 409, "in-use")["detail"]
    assert api.admin.patch(address, RETIRED).status_code == 200


def test_a_stage_that_nothing_names_is_deleted(api, pipeline):
    refresh(pipeline)
    body = {"pipeline": pipeline.pk, "name": "Mistake", "order": 9}
    made = api.admin.post("/api/v1/stages/", body).json()
    assert api.admin.delete(f"/api/v1/stages/{made['id']}/").status_code == 204


def test_a_pipeline_that_was_never_used_goes_with_its_empty_rates(api, pipeline):
    refresh(pipeline)
    assert api.admin.delete(f"{URL}{pipeline.pk}/").status_code == 204
    assert not Pipeline.objects.exists()


def test_a_pipeline_in_use_keeps_all_that_is_its_own(api, deal, pipeline, problem):
    refresh(pipeline)
    problem(api.admin.delete(f"{URL}{pipeline.pk}/"), 409, "in-use")
    assert pipeline.stages.count() == 5
    assert Estimate.objects.filter(pipeline=pipeline).exists()
