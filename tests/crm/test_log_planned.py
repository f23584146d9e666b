"""What was planned and is logged is done, and not written a second time."""

from datetime import timedelta

import pytest

from core import clock
from crm.models import Activity
from crm.services.activities import complete_activity, log_activity, update_activity
from crm.services.leads import create_lead
from pipeline.services.opportunities import create_opportunity

pytestmark = pytest.mark.django_db
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}
DAY = timedelta(days=1)


@pytest.fixture
def noon(db, company_day):
    at = company_day("2002-03-15", 12)
    clock.pin(at)
    return at


@pytest.fixture
def plan(noon, company, hengda):
    def plan(days, **fields):
        values = {"kind": "call", "subject": "Ring about the offer", "due_at": noon + days * DAY}
        return log_activity(hengda, by=company.owner, **(values | fields))

    return plan


@pytest.fixture
def li(as_user, company):
    return as_user(company.owner)


def offered(client, query, **headers):
    """Which are offered, and which is ticked."""
    answer = client.get(f"/activities/new/?{query}", headers=DIALOG)
    form = answer.context["form"]
    assert answer.content.decode().count('name="planned"') == (
        len(form.fitting) if len(form.fitting) < 2 else len(form.fitting) + 1
    )
    return [each.subject for each in form.fitting], form.ticked


def log(client, customer, planned="", **fields):
    data = {"customer": customer.pk, "kind": "call", "subject": "Call", "planned": planned}
    return client.post("/activities/new/", data | fields, headers=DIALOG)


def test_the_only_one_that_fits_is_ticked_and_named(li, hengda, plan):
    call = plan(-2)
    plan(0, kind="meeting", subject="Visit")
    query = f"customer={hengda.pk}&kind=call"
    assert offered(li, query) == (["Ring about the offer"], call.pk)
    page = li.get(f"/activities/new/?{query}", headers=DIALOG).content.decode()
    assert "This was the planned call of 13 Mar 2002:" in page
    assert "checked>" in page.split('name="planned"')[1].split("<span")[0]


def test_of_several_that_are_due_none_is_ticked(li, hengda, plan):
    plan(-2)
    plan(0, subject="Today as well", all_day=True)
    plan(1, subject="Tomorrow")
    query = f"customer={hengda.pk}&kind=call"
    assert offered(li, query) == (["Ring about the offer", "Today as well"], 0)


def test_where_nothing_is_due_the_next_one_is_offered(li, hengda, plan):
    plan(9, subject="Later")
    soon = plan(3, subject="Soon")
    assert offered(li, f"customer={hengda.pk}&kind=call") == (["Soon"], soon.pk)


def test_what_is_done_a_colleague_s_or_of_another_kind_is_not_offered(li, company, hengda, plan):
    complete_activity(plan(-1), by=company.owner)
    plan(-1, owner=company.teammate)
    plan(-1, kind="task", subject="Send it")
    for kind in ("call", "task", "note", "meeting"):
        assert offered(li, f"customer={hengda.pk}&kind={kind}") == ([], 0)


def test_who_plans_another_is_not_asked(li, hengda, plan):
    plan(-1)
    assert offered(li, f"customer={hengda.pk}&kind=call&plan") == ([], 0)


def test_it_is_completed_with_what_was_typed(li, hengda, plan, noon):
    call = plan(-2, note="Ask for Mr Zhou.")
    log(li, hengda, call.pk, note="He wants two.", minutes="15")
    [call] = Activity.objects.all()
    assert (call.done_at, call.minutes) == (noon, 15)
    assert call.subject == "Ring about the offer"
    assert call.note == "Ask for Mr Zhou.\n\nHe wants two."


def test_a_subject_of_one_s_own_is_kept_and_none_is_needed(li, hengda, plan):
    log(li, hengda, plan(-2).pk, subject="")
    log(li, hengda, plan(-1).pk, subject="Talked to Mrs Lin")
    subjects = Activity.objects.order_by("id").values_list("subject", flat=True)
    assert list(subjects) == ["Ring about the offer", "Talked to Mrs Lin"]


def test_undo_gives_the_plan_back_as_it_was(li, company, hengda, plan):
    call = plan(-2, note="Ask for Mr Zhou.", owner=None)
    log(li, hengda, call.pk, note="He wants two.", minutes="15", subject="Talked")
    call.refresh_from_db()
    assert (call.done_at is None, call.owner) == (False, company.owner)
    address = f"/activities/{call.pk}/take-back-report/"
    li.post(address)
    [call] = Activity.objects.all()
    assert (call.done_at, call.minutes, call.owner) == (None, None, None)
    assert (call.subject, call.note) == ("Ring about the offer", "Ask for Mr Zhou.")
    assert "Somebody else changed this" in li.post(address, follow=True).content.decode()


def test_undo_does_not_take_back_what_was_written_since(li, hengda, plan):
    call = plan(-2)
    log(li, hengda, call.pk, note="He wants two.")
    update_activity(Activity.objects.get(), by=None, note="Three.")
    li.post(f"/activities/{call.pk}/take-back-report/")
    call.refresh_from_db()
    assert (call.note, call.done_at is None) == ("Three.", False)


def test_the_undo_of_what_was_merely_ticked_off_is_another(li, company, plan):
    call = complete_activity(plan(-2), by=company.owner)
    li.post(f"/activities/{call.pk}/take-back-report/")
    call.refresh_from_db()
    assert call.done_at is not None


def test_what_was_done_meanwhile_is_said_and_nothing_is_lost(li, company, hengda, plan):
    call = complete_activity(plan(-2), by=company.teammate)
    page = log(li, hengda, call.pk, note="He wants two.").content.decode()
    assert "What was planned has changed meanwhile" in page
    assert "He wants two." in page
    assert Activity.objects.count() == 1


@pytest.mark.parametrize("change", [{"kind": "meeting"}, {"due_at": "2002-03-20T09:00"}])
def test_what_is_another_thing_after_all_is_written_anew(li, hengda, plan, change):
    call = plan(-2)
    log(li, hengda, call.pk, **({"subject": "Another"} | change))
    call.refresh_from_db()
    assert call.done_at is None
    assert Activity.objects.count() == 2
    # What is done needs no subject; a plan says what about.
    answer = log(li, hengda, call.pk, **({"subject": ""} | change))
    assert ("This field is required." in answer.content.decode()) == ("due_at" in change)


def test_the_offer_follows_what_is_chosen_in_the_form(li, company, hengda, plan):
    plan(0)

    def asked(**query):
        return li.get("/activities/planned/", {"customer": hengda.pk, "kind": "call"} | query)

    assert "Ring about the offer" in asked().content.decode()
    for query in ({"kind": "meeting"}, {"customer": "x"}, {"due_at": "2002-03-20T09:00"}):
        assert asked(**query).content.decode().strip() == ""


def test_what_is_about_another_deal_is_another_call(noon, li, company, hengda, pipeline, plan):
    def deal(name):
        fields = {"pipeline": pipeline, "currency": "CNY", "owner": company.owner}
        return create_opportunity(by=company.owner, name=name, customer=hengda, **fields)

    line, press = deal("Line"), deal("Press")
    about, about_none = plan(-2, opportunity=line, subject="About the line"), plan(-1)
    assert offered(li, f"deal={press.pk}&kind=call") == (["Ring about the offer"], about_none.pk)
    assert offered(li, f"deal={line.pk}&kind=call")[0] == ["About the line", "Ring about the offer"]
    log(li, hengda, about.pk, opportunity=press.pk)
    about.refresh_from_db()
    assert about.done_at is None
    log(li, hengda, about_none.pk, opportunity=press.pk)
    about_none.refresh_from_db()
    assert (about_none.done_at is None, about_none.opportunity) == (False, press)
    li.post(f"/activities/{about_none.pk}/take-back-report/")
    about_none.refresh_from_db()
    assert (about_none.done_at, about_none.opportunity) == (None, None)


def test_strangers_are_offered_nothing_and_undo_nothing(as_user, company, hengda, plan):
    call = plan(-2)
    stranger = as_user(company.stranger)
    query = {"customer": hengda.pk, "kind": "call"}
    assert stranger.get("/activities/planned/", query).content.decode().strip() == ""
    log(stranger, hengda, call.pk)
    assert stranger.post(f"/activities/{call.pk}/take-back-report/").status_code == 404
    call.refresh_from_db()
    assert call.done_at is None


def test_a_planned_call_answers_a_lead(li, company, ladder, noon):
    lead = create_lead(by=company.admin, name="Mill", owner=company.owner)
    call = log_activity(
        lead.customer, by=company.owner, kind="call", subject="First", due_at=noon + DAY
    )
    log(li, lead.customer, call.pk)
    lead.refresh_from_db()
    assert (lead.responder, lead.first_response) == (company.owner, call)
