"""A plan made on its page, and the list of plans."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pipeline.models import Pipeline
from planning.models import Plan
from tests.planning.pages.planning_page import HTMX, address


@pytest.mark.parametrize("url", ["/plans/", "/plans/new/"])
def test_reps_have_no_plans(as_user, company, plan, url):
    assert as_user(company.owner).get(url).status_code == 404
    assert as_user(company.manager).get(url).status_code == 200


def test_a_new_plan_is_made_and_solved(as_user, company, pipeline, estimate):
    values = {
        "name": "Next",
        "target": "40 M",
        "year": 2002,
        "confidence": 50,
        "pipeline": pipeline.pk,
    }
    client = as_user(company.manager)
    answer = client.post("/plans/new/", values, headers=HTMX)
    plan = Plan.objects.get()
    assert answer["HX-Redirect"] == address(plan)
    assert (plan.currency, plan.owner, plan.estimate) == ("CNY", company.manager, estimate)
    again = client.post("/plans/new/", values, headers=HTMX)
    assert again.status_code == 422
    assert "exists for that year already" in again.content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_without_a_pipeline_a_new_plan_explains_itself(as_user, company, headers):
    Pipeline.objects.update(is_active=False)
    page = as_user(company.manager).get("/plans/new/", headers=headers).content.decode()
    assert "There is no pipeline yet" in page
    assert 'name="target"' not in page


def test_the_choice_of_a_pipeline_has_no_empty_entry(as_user, company, pipeline):
    assert "---------" not in as_user(company.manager).get("/plans/new/").content.decode()


def test_the_list_of_plans_costs_the_same_however_many(as_user, company, plan, pipeline):
    client = as_user(company.manager)
    client.get("/plans/")
    with CaptureQueriesContext(connection) as few:
        assert "Growth" in client.get("/plans/").content.decode()
    for i in range(5):
        Plan.objects.create(
            name=f"P{i}", year=2002, pipeline=pipeline, target=1, currency="CNY", owner=plan.owner
        )
    with CaptureQueriesContext(connection) as many:
        client.get("/plans/")
    assert len(many) == len(few) <= 12
