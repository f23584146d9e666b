"""Typed and measured hours beside each other, and the choice between them."""

import pytest

from core.models import AuditEntry
from planning.models import JobRole, StageEffort
from planning.services.means import create_role, update_role


def rate(hours):
    return {"hours": hours, "low80": 0.8 * hours, "high80": 1.2 * hours}


def measured(entry, month, *, is_enough=True):
    return {
        "as_of": "2002-01-01T00:00:00+00:00",
        "since": "2001-01-01T00:00:00+00:00",
        "minutes": 6000,
        "activities": 70,
        "subjects": 50 if is_enough else 5,
        "stays": 80,
        "entries": 40,
        "months": 100.0,
        "logged": 0.8,
        "is_enough": is_enough,
        "per_entry": rate(entry),
        "per_month": rate(month),
        "per_month_in_all": rate(1.0),
    }


@pytest.fixture
def role(company, stages):
    role = create_role(
        by=company.manager,
        name="Engineer",
        hours_per_day=6,
        notice_months=0,
        monthly_cost=8000,
        efforts={("opportunity", stages["Qualified"].pk): (20.0, 0.0)},
    )
    role.efforts.update(measured=measured(4.0, 1.5))
    StageEffort.objects.create(
        role=role, pipeline_stage=stages["Proposal"], measured=measured(9, 9, is_enough=False)
    )
    return role


def test_the_page_shows_both_with_n_band_and_what_is_used(as_user, company, role):
    page = as_user(company.manager).get("/plans/people/").content.decode()
    assert "4.0" in page
    assert "(3.2–4.8)" in page
    assert "70 activities, n 50" in page
    assert "too little to use: n 5, 20 needed" in page
    assert f"/plans/people/roles/{role.pk}/hours/?measured=1" in page


def test_measured_hours_are_used_in_every_stage_that_tells_enough_and_taken_back(
    as_user, company, role, stages
):
    client = as_user(company.manager)
    said = client.post(f"/plans/people/roles/{role.pk}/hours/?measured=1", follow=True)
    enough = role.efforts.get(pipeline_stage=stages["Qualified"])
    assert enough.hours == (4.0, 1.5)
    assert (enough.per_entry, enough.is_measured) == (20.0, True)
    assert not role.efforts.get(pipeline_stage=stages["Proposal"]).is_measured
    assert AuditEntry.objects.filter(object_id=role.pk, action="update").exists()
    undo = next(iter(said.context["messages"])).extra_tags.split()[0]
    client.post(undo)
    enough.refresh_from_db()
    assert enough.hours == (20.0, 0.0)


def test_one_stage_goes_alone_and_what_is_none_changes_nothing(as_user, company, role, stages):
    client, address = as_user(company.manager), f"/plans/people/roles/{role.pk}/hours/"
    client.post(f"{address}?measured=1&stage=opportunity-{stages['Qualified'].pk}")
    assert role.efforts.get(pipeline_stage=stages["Qualified"]).is_measured
    for stage in ("opportunity-99999", "x", "customer-", f"opportunity-{'9' * 40}"):
        assert client.post(f"{address}?measured=1&stage={stage}").status_code == 302
    client.post(f"{address}?measured=0")
    assert not role.efforts.filter(is_measured=True).exists()


def test_only_those_who_plan_choose(as_user, company, role):
    answer = as_user(company.owner).post(f"/plans/people/roles/{role.pk}/hours/?measured=1")
    assert answer.status_code == 404
    assert not role.efforts.filter(is_measured=True).exists()


def test_typing_hours_anew_keeps_what_was_measured_and_chosen(as_user, company, role, stages):
    client, qualified = as_user(company.manager), ("opportunity", stages["Qualified"].pk)
    client.post(f"/plans/people/roles/{role.pk}/hours/?measured=1")
    current = JobRole.objects.get()
    update_role(current, by=company.manager, efforts={qualified: (7.0, 0.0)})
    effort = current.efforts.get(pipeline_stage=stages["Qualified"])
    assert (effort.per_entry, effort.hours) == (7.0, (4.0, 1.5))
    update_role(current, by=company.manager, efforts={})
    assert {e.pipeline_stage.name for e in current.efforts.all()} == {"Qualified", "Proposal"}
    form = client.get(f"/plans/people/roles/{role.pk}/").content.decode()
    assert "measured 4.0" in form
    assert "measured hours are used" in form


def test_the_page_takes_no_more_queries_for_more_roles(
    as_user, company, role, django_assert_max_num_queries
):
    client = as_user(company.manager)
    client.get("/plans/people/")
    with django_assert_max_num_queries(60) as few:
        client.get("/plans/people/")
    for name in ("A", "B", "C"):
        other = create_role(by=company.manager, name=name, efforts={})
        for effort in role.efforts.all():
            effort.pk, effort.role, effort._state.adding = None, other, True
            effort.save()
    with django_assert_max_num_queries(len(few)):
        client.get("/plans/people/")
