"""Customers over the API: ladders, upsert, archiving, and the other nouns of crm."""

import pytest

from core.models import AuditEntry
from core.services.mails import send_due
from crm.services.contacts import create_contact

URL = "/api/v1/customers/"


def test_a_new_customer_stands_on_the_first_step_and_belongs_to_its_maker(api, company, ladder):
    made = api.owner.post(URL, {"name": "Acme", "annual_revenue": "12.5"}).json()
    assert made["owner"] == company.owner.pk
    assert made["annual_revenue"] == "12.50"
    (position,) = made["stages"]
    assert position["stage"] == ladder.stages.get(name="Suspect").pk


def test_a_customer_is_moved_on_its_ladder(api, customer, ladder, problem, pointers):
    answer = api.owner.post(f"{URL}{customer.pk}/move/", {"stage": "Prospect"})
    prospect = ladder.stages.get(name="Prospect")
    assert [position["stage"] for position in answer.json()["stages"]] == [prospect.pk]
    changes = api.owner.get(f"/api/v1/lifecycle-changes/?customer={customer.pk}").json()
    assert [row["cause"] for row in changes["results"]] == ["api", "hand"]
    early = {"stage": "Customer", "at": "2001-01-01T00:00:00Z"}
    assert pointers(problem(api.owner.post(f"{URL}{customer.pk}/move/", early), 400)) == {"#/at"}


def test_upsert_finds_a_customer_by_its_external_id(api, customer):
    answer = api.owner.post(f"{URL}upsert/", {"external_id": "A-1", "phone": "7"})
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["phone"]) == (customer.pk, "7")


def test_upsert_of_a_new_customer_needs_a_name(api, problem, pointers):
    answer = api.owner.post(f"{URL}upsert/", {"external_id": "Z"})
    assert pointers(problem(answer, 400)) == {"#/name"}


def test_the_external_id_of_somebody_elses_customer_is_taken(api, customer, problem, pointers):
    answer = api.stranger.post(f"{URL}upsert/", {"external_id": "A-1", "name": "Mine"})
    assert pointers(problem(answer, 400)) == {"#/external_id"}


def test_a_given_away_customer_is_answered_once_more(api, customer, company):
    tag = api.manager.get(f"{URL}{customer.pk}/")["ETag"]
    answer = api.manager.patch(
        f"{URL}{customer.pk}/", {"owner": company.teammate.pk}, headers={"If-Match": tag}
    )
    assert answer.json()["owner"] == company.teammate.pk


@pytest.mark.parametrize("noun", ["customers", "contacts"])
def test_what_was_archived_is_taken_back(api, company, customer, noun):
    contact = create_contact(customer, by=company.owner, name="Ann")
    address = f"/api/v1/{noun}/{(customer if noun == 'customers' else contact).pk}/"
    api.owner.delete(address, headers={"If-Match": "*"})
    assert api.owner.get(f"/api/v1/{noun}/").json()["results"] == []
    assert api.owner.post(f"{address}restore/").json()["archived_at"] is None
    assert len(api.owner.get(f"/api/v1/{noun}/").json()["results"]) == 1


def test_a_contact_comes_back_behind_the_one_that_became_first(api, company, customer):
    ann = create_contact(customer, by=company.owner, name="Ann")
    address = f"/api/v1/contacts/{ann.pk}/"
    api.owner.delete(address, headers={"If-Match": "*"})
    bo = create_contact(customer, by=company.owner, name="Bo")
    assert api.owner.post(f"{address}restore/").json()["is_primary"] is False
    assert api.owner.get(f"/api/v1/contacts/{bo.pk}/").json()["is_primary"] is True


@pytest.mark.parametrize(
    ("noun", "body"),
    [
        ("products", {"name": "P", "currency": "CNY", "price": "-1"}),
        ("exchange-rates", {"base": "USD", "quote": "CNY", "date": "2026-01-01", "rate": "0"}),
    ],
)
def test_a_number_that_cannot_be_is_refused_beside_it(api, problem, pointers, noun, body):
    answer = api.admin.post(f"/api/v1/{noun}/", body)
    assert pointers(problem(answer, 400)) == {"#/price" if noun == "products" else "#/rate"}


def test_a_currency_that_does_not_exist_is_refused(api, problem, pointers):
    answer = api.admin.post("/api/v1/products/", {"name": "P", "currency": "XQZ"})
    assert pointers(problem(answer, 400)) == {"#/currency"}


def test_changes_by_an_admin_are_in_the_audit_trail(api, company):
    made = api.admin.post("/api/v1/sources/", {"name": "Fair"}).json()
    api.admin.patch(f"/api/v1/sources/{made['id']}/", {"name": "Fairs"})
    api.admin.delete(f"/api/v1/sources/{made['id']}/")
    entries = AuditEntry.objects.filter(object_type="crm.source").order_by("id")
    assert [entry.action for entry in entries] == ["create", "update", "delete"]
    assert {entry.actor for entry in entries} == {company.admin}


def test_an_invited_colleague_gets_a_letter(api, mailoutbox, no_server, settings, problem):
    answer = api.admin.post("/api/v1/users/", {"name": "Di", "email": "di@x.example"})
    assert answer.json()["role"] == "rep"
    address = f"/api/v1/users/{answer.json()['id']}/invitation/"
    assert send_due() == 0
    waits = api.admin.get(address).json()
    assert (waits["state"], waits["attempts"], waits["sent_at"]) == ("waiting", 1, None)
    assert "ConnectionRefusedError" in waits["error"]
    assert waits["next_attempt_at"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert api.admin.post(address).json()["attempts"] == 0
    assert send_due() == 1
    assert api.admin.get(address).json()["state"] == "sent"
    assert [message.to for message in mailoutbox] == [["di@x.example"]]
    api.admin.patch(answer["Location"], {"is_active": False})
    problem(api.admin.post(address), 400)


def test_an_admin_cannot_lock_himself_out(api, company, problem, pointers):
    address = f"/api/v1/users/{company.admin.pk}/"
    assert pointers(problem(api.admin.patch(address, {"role": "rep"}), 400)) == {"#/role"}
    assert api.admin.patch(address, {"name": "Adele"}).status_code == 200


def test_a_team_cannot_be_put_below_itself(api, company, problem):
    body = {"parent": company.sub_team.pk}
    problem(api.admin.patch(f"/api/v1/teams/{company.team.pk}/", body), 400)


def test_possible_duplicates_are_offered_before_creating(api, customer):
    address = "/api/v1/customers/duplicates/"
    answer = api.owner.get(f"{address}?name=ACME Ltd").json()
    [found] = answer["results"]
    assert (found["id"], found["name"], found["why"]) == (customer.pk, "Acme", "name")
    assert answer["unseen"] == []
    assert api.stranger.get(f"{address}?name=ACME").json() == {"results": [], "unseen": ["name"]}
    assert api.owner.post("/api/v1/customers/", {"name": "Acme"}).status_code == 201


def test_a_misspelt_question_for_duplicates_is_a_problem(api, problem):
    problem(api.owner.get("/api/v1/customers/duplicates/?nmae=Acme"), 400)
