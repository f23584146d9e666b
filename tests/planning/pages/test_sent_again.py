"""A plan and what it is made of, sent again after its answer was lost, is there once."""

import re

import pytest

from crm.models import Source
from planning.models import Channel, Holiday, JobRole, Plan, Staff
from tests.planning.pages.planning_page import HTMX, address


@pytest.fixture
def typed(plan, role, pipeline):
    """What a form is opened at, sent to and filled with, and what it makes, by its name."""
    source = Source.objects.create(name="Fair")
    role_fields = {"name": "Fitter", "hours_per_day": "6", "monthly_cost": "8 k"}
    role_fields |= {"recruiting_cost": "0", "notice_months": "1"}
    tier = {"source": source.pk, "lead_months": "2", "leads-0": "50", "cost-0": "400"}
    staff = {"role": role.pk, "headcount": 2, "share": "50", "begins": "2002-03-01"}
    made = {"name": "Next", "target": "40 M", "year": 2002, "confidence": 50}
    copied = address(plan, "scenarios/new/")
    return {
        "plan": ("/plans/new/", "/plans/new/", made | {"pipeline": pipeline.pk}, Plan),
        "hire": (address(plan, "hires/new/"),) * 2 + (staff, Staff),
        "role": ("/plans/people/roles/new/",) * 2 + (role_fields, JobRole),
        "person": ("/plans/people/staff/new/",) * 2 + (staff, Staff),
        "channel": ("/plans/channels/new/",) * 2 + (tier, Channel),
        "holiday": ("/plans/holidays/new/",) * 2 + ({"day": "2002-03-01", "name": "Off"}, Holiday),
        "scenario": (address(plan, "scenarios/"), copied, {"name": "Dearer"}, Plan),
        "scenario of sliders": (address(plan), copied, {"name": "Dearer"}, Plan),
    }


KINDS = ["plan", "hire", "role", "person", "channel", "holiday", "scenario", "scenario of sliders"]


def keys_in(page):
    return re.findall(r'name="once" value="([^"]+)"', page.content.decode())


@pytest.mark.parametrize("kind", KINDS)
def test_sent_again_it_is_made_once_and_answered_alike(as_user, company, typed, kind):
    shown, to, data, model = typed[kind]
    client = as_user(company.manager)
    opened = client.get(shown, headers=HTMX if shown == to else {})
    data = data | {"once": keys_in(opened)[-1]}
    before = model.objects.count()
    first, again = (client.post(to, data, headers=HTMX) for _ in range(2))
    assert first.status_code == 204
    assert again["HX-Redirect"] == first["HX-Redirect"]
    assert model.objects.count() == before + 1


def test_a_form_that_changes_something_has_no_key(as_user, company, role):
    shown = as_user(company.manager).get(f"/plans/people/roles/{role.pk}/", headers=HTMX)
    assert not keys_in(shown)
