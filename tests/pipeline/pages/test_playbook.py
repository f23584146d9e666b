"""Writing plays, playing them with a deal, and what a stage asks for on a drop."""

import json

import pytest

from crm.models import Customer
from crm.services.contacts import create_contact
from crm.services.plays import write_play
from pipeline.models import Opportunity

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def proposal(stages):
    return stages["Proposal"]


def written(**changed):
    return {
        "advice": "Explain it in person.",
        "line_id": ["", ""],
        "line": ["Ring", "Visit"],
        "script_kind": ["email"],
        "script_name": ["Hello"],
        "script_subject": ["Our proposal"],
        "script_text": ["Dear {contact}"],
        "asked": ["amount", "customer.industry"],
        "required": ["expected_close"],
    } | changed


def address(stage, kind="deals", rest=""):
    return f"/playbook/{kind}/{stage.pk}/{rest}"


def test_a_manager_writes_a_play_and_everybody_reads_it(company, proposal, as_user):
    assert as_user(company.manager).post(address(proposal), written()).status_code == 302
    proposal.refresh_from_db()
    assert proposal.required_fields == ["expected_close"]
    assert proposal.play.must_know == ["amount", "expected_close", "customer.industry"]
    assert [item.text for item in proposal.play.items.all()] == ["Ring", "Visit"]
    assert "Explain it in person." in as_user(company.owner).get("/playbook/").content.decode()


@pytest.mark.parametrize("persona", ["owner", "stranger"])
def test_reps_write_no_play(company, proposal, as_user, persona):
    client = as_user(getattr(company, persona))
    assert client.get(address(proposal)).status_code == 404
    assert client.post(address(proposal), written()).status_code == 404
    assert client.post(address(proposal, rest="preview/"), written()).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"line": ["x" * 201, ""]}, "at most 200 characters"),
        ({"line": ["x"] * 21, "line_id": [""] * 21}, "at most 20 lines"),
        ({"script_text": [""]}, "needs a name and a text"),
        ({"script_kind": ["fax"]}, "Choose what kind"),
    ],
)
def test_a_refused_play_keeps_what_was_typed(company, proposal, as_user, wrong, said):
    answer = as_user(company.manager).post(address(proposal), written(**wrong))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "Explain it in person." in answer.content.decode()
    proposal.refresh_from_db()
    assert proposal.play is None


def test_a_play_that_somebody_overtook_is_kept_on_the_second_try(company, proposal, as_user):
    play = write_play(proposal, by=None, advice="Old")
    seen = play.version
    write_play(proposal, by=None, advice="Other")
    client = as_user(company.manager)
    refused = client.post(address(proposal), written(version=seen))
    assert refused.status_code == 422
    version = refused.context["form"].data["version"]
    assert client.post(address(proposal), written(version=version)).status_code == 302


def test_the_preview_shows_what_is_being_typed_and_writes_nothing(company, proposal, as_user):
    shown = as_user(company.manager).post(address(proposal, rest="preview/"), written())
    for text in ("Explain it in person.", "Visit", "Dear [contact]", "needed to enter"):
        assert text in shown.content.decode()
    proposal.refresh_from_db()
    assert proposal.play is None


def test_a_stage_of_deals_may_need_something_of_the_customer(company, proposal, as_user):
    client = as_user(company.manager)
    page = client.get(address(proposal)).content.decode()
    for name, label in (("source", "Source"), ("customer.source", "Customer: Source")):
        assert f'name="required" value="{name}" aria-label="{label} is needed to enter"' in page
    client.post(address(proposal), written(required=["customer.source"], asked=[]))
    proposal.refresh_from_db()
    assert (proposal.required_fields, proposal.play.must_know) == (["customer.source"],) * 2


def test_a_deals_page_tells_what_is_known_of_its_customer(company, deal, stages, as_user):
    names = ["customer.contact", "customer.phone"]
    write_play(stages["Qualified"], by=None, must_know=names)
    client, address = as_user(company.owner), f"/deals/{deal.pk}/"
    assert "Customer: A contact</a>" in client.get(address).content.decode()
    create_contact(deal.customer, by=company.owner, name="Ann")
    page = client.get(address).content.decode()
    assert "Customer: A contact</a>" not in page
    assert "Customer: Phone</a>" in page


def test_unknown_fields_and_addresses_are_passed_over(company, proposal, as_user):
    client = as_user(company.manager)
    client.post(address(proposal), written(required=["password"], asked=["owner"]))
    proposal.refresh_from_db()
    assert (proposal.required_fields, proposal.play.must_know) == ([], [])
    assert client.get(address(proposal, kind="plans")).status_code == 404


def test_lines_are_ticked_on_the_deals_page(company, deal, stages, as_user):
    play = write_play(stages["Qualified"], by=None, items=[(None, "Ring"), (None, "Visit")])
    client, item = as_user(company.owner), play.items.first()
    assert "0 of 2" in client.get(f"/deals/{deal.pk}/").content.decode()
    ticked = client.post(f"/deals/{deal.pk}/plays/{item.pk}/tick/", headers=HTMX)
    assert "1 of 2" in ticked.content.decode()
    assert deal.ticks.get().by == company.owner
    client.post(f"/deals/{deal.pk}/plays/{item.pk}/untick/")
    assert not deal.ticks.exists()
    assert (
        as_user(company.stranger).post(f"/deals/{deal.pk}/plays/{item.pk}/tick/").status_code == 404
    )


def test_a_drop_on_a_stage_that_needs_more_asks_for_it_and_then_moves(
    company, deal, proposal, as_user
):
    Opportunity.objects.filter(pk=deal.pk).update(amount=None, expected_close=None)
    write_play(proposal, by=None, required=["amount", "expected_close"])
    client = as_user(company.owner)
    data = {"stage": proposal.pk, "version": deal.version}
    dropped = client.post(f"/deals/{deal.pk}/move/?on=board", data, headers=HTMX)
    assert dropped.status_code == 422
    ask = json.loads(dropped["HX-Trigger"])["askFields"]["url"]
    form = client.get(ask, headers=HTMX).content.decode()
    assert 'name="amount"' in form
    assert 'name="product"' not in form
    refused = client.post(ask, data | {"amount": "many"}, headers=HTMX)
    assert refused.status_code == 422
    assert 'value="many"' in refused.content.decode()
    done = client.post(ask, data | {"amount": "38万", "expected_close": "2002-05-01"}, headers=HTMX)
    assert done.status_code == 200
    assert "closeDialog" in done["HX-Trigger-After-Swap"]
    deal.refresh_from_db()
    assert (deal.stage, deal.amount) == (proposal, 380_000)


def test_a_deal_overtaken_meanwhile_moves_on_the_second_try(company, deal, proposal, as_user):
    Opportunity.objects.filter(pk=deal.pk).update(expected_close=None)
    write_play(proposal, by=None, required=["expected_close"])
    client = as_user(company.owner)
    data = {"stage": proposal.pk, "version": deal.version + 5, "expected_close": "2002-05-01"}
    refused = client.post(f"/deals/{deal.pk}/enter/", data, headers=HTMX)
    assert "Somebody else changed this" in refused.content.decode()
    assert f'name="version" value="{deal.version}"' in refused.content.decode()


def test_without_htmx_the_questions_are_a_page(company, deal, proposal, as_user):
    Opportunity.objects.filter(pk=deal.pk).update(amount=None)
    write_play(proposal, by=None, required=["amount"])
    client = as_user(company.owner)
    data = {"stage": proposal.pk, "version": deal.version}
    answer = client.post(f"/deals/{deal.pk}/move/", data, follow=True)
    assert 'name="amount"' in answer.content.decode()


def test_the_playbook_costs_the_same_number_of_queries_whatever_is_written(
    company, ladder, stages, as_user, django_assert_max_num_queries
):
    for stage in [*stages.values(), *ladder.stages.all()]:
        write_play(stage, by=None, advice="Do", items=[(None, "Ring")])
    client = as_user(company.manager)
    with django_assert_max_num_queries(14):
        client.get("/playbook/")


def test_a_missing_field_of_the_customer_leads_only_those_to_it_who_see_the_customer(
    company, deal, stages, as_user
):
    must_know = ["amount", "customer.industry", "customer.contact"]
    write_play(stages["Qualified"], by=None, must_know=must_know)
    edit, contact = f"/customers/{deal.customer_id}/edit/", "/contacts/new/?customer="
    page = as_user(company.owner).get(f"/deals/{deal.pk}/").content.decode()
    assert f'href="{edit}#id_industry"' in page
    assert f'href="{contact}{deal.customer_id}"' in page
    Customer.objects.filter(pk=deal.customer_id).update(owner=company.stranger)
    page = as_user(company.owner).get(f"/deals/{deal.pk}/").content.decode()
    assert "Customer: Industry" in page
    assert edit not in page
    assert contact not in page
    assert f'href="/deals/{deal.pk}/edit/"' in page
