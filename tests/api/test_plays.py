"""The playbook over the API, and what it asks of moves."""

import pytest

from crm.models import Source
from crm.services.plays import tick, write_play

URL = "/api/v1/plays/"


@pytest.fixture
def proposal(stages):
    return stages["Proposal"]


def test_a_play_is_written_read_and_changed(api, proposal):
    body = {
        "kind": "opportunity",
        "stage": proposal.pk,
        "advice": "Explain it.",
        "checklist": [{"text": "Ring"}, {"text": "Visit"}],
        "templates": [{"kind": "email", "name": "Hello", "text": "Dear {contact}"}],
        "must_know": ["amount", "customer.industry"],
        "required_fields": ["amount"],
    }
    made = api.manager.post(URL, body).json()
    assert (made["kind"], made["stage"], made["required_fields"]) == (
        "opportunity",
        proposal.pk,
        ["amount"],
    )
    assert [line["text"] for line in made["checklist"]] == ["Ring", "Visit"]
    lines = [made["checklist"][1], {"text": "Sign"}]
    headers = {"If-Match": "*"}
    changed = api.manager.patch(f"{URL}{made['id']}/", {"checklist": lines}, headers=headers)
    assert changed.json()["checklist"][0] == made["checklist"][1]
    stage = api.owner.get(f"/api/v1/stages/{proposal.pk}/").json()
    assert (stage["required_fields"], stage["play"]) == (["amount"], made["id"])
    assert api.owner.get(f"{URL}?kind=opportunity").json()["results"][0]["id"] == made["id"]
    assert api.owner.get(f"{URL}?kind=customer").json()["results"] == []


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"stage": 10**12}, "#/stage"),
        ({"required_fields": ["password"]}, "#/required_fields"),
        ({"required_fields": ["customer.owner"]}, "#/required_fields"),
        ({"required_fields": ["industry"]}, "#/required_fields"),
        ({"must_know": ["owner"]}, "#/must_know"),
        ({"templates": [{"kind": "fax", "name": "a", "text": "b"}]}, "#/templates/0/kind"),
        ({"checklist": [{"text": ""}]}, "#/checklist/0/text"),
    ],
)
def test_a_wrong_play_is_refused_beside_the_field(api, proposal, problem, pointers, wrong, pointer):
    body = {"kind": "opportunity", "stage": proposal.pk} | wrong
    assert pointer in pointers(problem(api.manager.post(URL, body), 400))


def test_a_stage_has_one_play(api, proposal, problem, pointers):
    body = {"kind": "opportunity", "stage": proposal.pk}
    assert api.manager.post(URL, body).status_code == 201
    assert pointers(problem(api.manager.post(URL, body), 400)) == {"#/stage"}


def test_a_move_names_what_must_be_known_first(
    api, deal, customer, stages, ladder, problem, pointers
):
    write_play(stages["Proposal"], by=None, required=["expected_close", "product"])
    move = f"/api/v1/opportunities/{deal.pk}/move/"
    refused = problem(api.owner.post(move, {"stage": "Proposal"}), 400, "validation")
    assert pointers(refused) == {"#/expected_close", "#/product"}
    prospect = ladder.stages.get(name="Customer")
    write_play(prospect, by=None, required=["industry"])
    move = f"/api/v1/customers/{customer.pk}/move/"
    refused = problem(api.owner.post(move, {"stage": prospect.pk}), 400)
    assert pointers(refused) == {"#/industry"}


def test_a_stage_may_ask_for_what_is_known_of_the_customer(
    api, deal, customer, stages, problem, pointers
):
    address, any_version = f"/api/v1/stages/{stages['Proposal'].pk}/", {"If-Match": "*"}
    asked = {"required_fields": ["source", "customer.source", "customer.contact"]}
    assert (
        api.admin.patch(address, asked, headers=any_version).json() | asked
        == api.owner.get(address).json()
    )
    wrong = {"required_fields": ["customer.password"]}
    refused = problem(api.admin.patch(address, wrong, headers=any_version), 400)
    assert pointers(refused) == {"#/required_fields/0"}
    move = f"/api/v1/opportunities/{deal.pk}/move/"
    refused = problem(api.owner.post(move, {"stage": "Proposal"}), 400, "validation")
    assert pointers(refused) == {"#/source", "#/customer.source", "#/customer.contact"}
    web = Source.objects.create(name="Web").pk
    for what in (f"opportunities/{deal.pk}", f"customers/{customer.pk}"):
        api.owner.patch(f"/api/v1/{what}/", {"source": web}, headers=any_version)
    api.owner.post("/api/v1/contacts/", {"customer": customer.pk, "name": "Ann"})
    assert api.owner.post(move, {"stage": "Proposal"}).status_code == 200


def test_a_deal_made_in_a_stage_has_what_the_stage_needs(
    api, pipeline, stages, customer, problem, pointers
):
    write_play(stages["Qualified"], by=None, required=["amount"])
    body = {"pipeline": pipeline.pk, "name": "D", "customer": customer.pk}
    problem(api.owner.post("/api/v1/opportunities/", body), 400)
    made = api.owner.post("/api/v1/opportunities/", body | {"amount": "5"})
    assert made.status_code == 201
    write_play(stages["Qualified"], by=None, required=["customer.industry"])
    refused = problem(api.owner.post("/api/v1/opportunities/", body), 400)
    assert pointers(refused) == {"#/customer.industry"}


def test_a_play_put_away_keeps_its_ticks(api, company, deal, stages):
    play = write_play(stages["Qualified"], by=None, items=[(None, "Ring")])
    tick(deal, play.items.get(), by=company.owner)
    assert api.manager.delete(f"{URL}{play.pk}/", headers={"If-Match": "*"}).status_code == 204
    assert api.owner.get(URL).json()["results"] == []
    assert api.manager.post(f"{URL}{play.pk}/restore/").json()["archived_at"] is None
    assert deal.ticks.count() == 1


def test_a_list_of_plays_takes_a_fixed_number_of_queries(
    api, ladder, stages, django_assert_max_num_queries
):
    for stage in [*stages.values(), *ladder.stages.all()]:
        write_play(stage, by=None, items=[(None, "Ring")])
    api.owner.get(URL)
    with django_assert_max_num_queries(4):
        assert len(api.owner.get(URL).json()["results"]) == 8
