"""The play of the stage that a customer stands in, and what a stage asks for first."""

import pytest
from django.core.exceptions import ValidationError

from core.models import AuditEntry
from core.services.versions import StaleVersion
from crm.known_fields import MissingFields
from crm.models import LadderPosition
from crm.services.contacts import create_contact
from crm.services.customers import update_customer
from crm.services.lifecycle import move_customer
from crm.services.plays import archive_play, tick, untick, write_play

HTMX = {"HX-Request": "true"}


@pytest.fixture
def suspect(ladder):
    return ladder.stages.get(name="Suspect")


@pytest.fixture
def prospect(ladder):
    return ladder.stages.get(name="Prospect")


@pytest.fixture
def play(company, suspect):
    return write_play(
        suspect,
        by=company.manager,
        advice="Ring them.\n\nThen visit.",
        items=[(None, "Ring"), (None, "Visit")],
        must_know=["industry", "contact"],
        templates=[
            {"kind": "email", "name": "Hello", "subject": "To {customer}", "text": "{contact} {me}"}
        ],
    )


def page(client, customer):
    return client.get(f"/customers/{customer.pk}/").content.decode()


def test_a_play_is_shown_with_its_holes_filled(company, hengda, play, as_user):
    create_contact(hengda, by=company.owner, name="Ann Li", email="ann@x.example")
    shown = page(as_user(company.owner), hengda)
    for text in ("<p>Ring them.</p>", "<p>Then visit.</p>", "0 of 2", "Ann Li Li", "To Hengda"):
        assert text in shown
    assert "mailto:ann%40x.example?subject=To%20Hengda%20Foods&amp;body=Ann%20Li%20Li" in shown
    assert f"/customers/{hengda.pk}/edit/#id_industry" in shown


def test_only_managers_are_led_to_writing_it(company, hengda, play, as_user):
    address = f"/playbook/customers/{play.crm_lifecyclestage.pk}/"
    assert address not in page(as_user(company.owner), hengda)
    assert address in page(as_user(company.manager), hengda)


def test_a_line_is_ticked_once_with_who_and_when_and_unticked(company, hengda, play, as_user):
    item, client = play.items.first(), as_user(company.teammate)
    address = f"/customers/{hengda.pk}/plays/{item.pk}"
    for _ in range(2):
        assert "1 of 2" in client.post(f"{address}/tick/", headers=HTMX).content.decode()
    assert hengda.ticks.get().by == company.teammate
    assert "0 of 2" in client.post(f"{address}/untick/", headers=HTMX).content.decode()
    acts = AuditEntry.objects.filter(object_id=hengda.pk, action__contains="tick")
    assert [row.action for row in acts] == ["untick", "tick"]
    assert as_user(company.stranger).post(f"{address}/tick/").status_code == 404


def test_only_lines_of_the_stage_where_the_customer_stands_are_ticked(
    company, hengda, play, prospect, as_user
):
    other = write_play(prospect, by=None, items=[(None, "Measure")]).items.get()
    address = f"/customers/{hengda.pk}/plays/{other.pk}/tick/"
    assert as_user(company.owner).post(address).status_code == 404


def test_a_line_that_is_reworded_keeps_its_ticks_and_one_taken_out_is_put_away(
    company, hengda, suspect, play
):
    first, second = play.items.all()
    tick(hengda, first, by=company.owner)
    write_play(suspect, by=None, items=[(None, "New"), (first.pk, "Ring twice")])
    lines = play.items.filter(archived_at__isnull=True)
    assert [row.text for row in lines] == ["New", "Ring twice"]
    assert hengda.ticks.get().item.text == "Ring twice"
    second.refresh_from_db()
    assert second.archived_at is not None


def test_of_two_writers_one_is_told(company, suspect, play):
    write_play(suspect, by=company.manager, version=play.version, advice="One")
    with pytest.raises(StaleVersion):
        write_play(suspect, by=company.admin, version=1, advice="Two")


def test_a_play_put_away_is_not_shown(company, hengda, play, as_user):
    archive_play(play, by=company.manager)
    assert 'id="play"' not in page(as_user(company.owner), hengda)


def test_a_stage_is_entered_only_with_what_it_needs(company, hengda, prospect):
    write_play(prospect, by=None, required=["industry", "website"])
    with pytest.raises(MissingFields) as refused:
        move_customer(hengda, to=prospect, by=company.owner)
    assert set(refused.value.message_dict) == {"industry", "website"}
    assert isinstance(refused.value, ValidationError)


def test_the_ladder_asks_for_what_is_missing_and_then_moves(company, hengda, prospect, as_user):
    write_play(prospect, by=None, required=["industry", "annual_revenue"])
    client, address = as_user(company.owner), f"/customers/{hengda.pk}/move/{prospect.pk}/"
    asked = client.post(address, headers=HTMX).content.decode()
    assert 'name="industry"' in asked
    assert 'name="website"' not in asked
    data = {"version": hengda.version, "industry": "Food", "annual_revenue": ""}
    refused = client.post(address, data, headers=HTMX).content.decode()
    assert "This field is required" in refused
    assert 'value="Food"' in refused
    done = client.post(address, data | {"annual_revenue": "7 M"}, headers=HTMX)
    assert done["HX-Redirect"] == f"/customers/{hengda.pk}/"
    hengda.refresh_from_db()
    assert (hengda.industry, hengda.annual_revenue) == ("Food", 7_000_000)
    assert LadderPosition.objects.get(customer=hengda).stage == prospect


def test_the_ladder_asks_for_somebody_to_talk_to(company, hengda, prospect, as_user):
    write_play(prospect, by=None, required=["contact"])
    client, address = as_user(company.owner), f"/customers/{hengda.pk}/move/{prospect.pk}/"
    assert 'name="contact"' in client.post(address, headers=HTMX).content.decode()
    client.post(address, {"version": hengda.version, "contact": "Ann Li"}, headers=HTMX)
    assert hengda.contacts.get().name == "Ann Li"
    assert LadderPosition.objects.get(customer=hengda).stage == prospect


def test_a_customer_overtaken_meanwhile_keeps_what_was_typed(company, hengda, prospect, as_user):
    write_play(prospect, by=None, required=["industry"])
    client, address = as_user(company.owner), f"/customers/{hengda.pk}/move/{prospect.pk}/"
    data = {"version": hengda.version, "industry": "Food"}
    update_customer(hengda, by=company.teammate, region="North")
    refused = client.post(address, data, headers=HTMX).content.decode()
    assert "Somebody else changed this" in refused
    assert 'value="Food"' in refused
    assert f'name="version" value="{hengda.version}"' in refused
    client.post(address, data | {"version": hengda.version}, headers=HTMX)
    hengda.refresh_from_db()
    assert (hengda.industry, hengda.region) == ("Food", "North")


def test_unticking_what_nobody_ticked_leaves_no_trace(company, hengda, play):
    untick(hengda, play.items.first(), by=company.owner)
    assert not AuditEntry.objects.filter(action="untick").exists()
