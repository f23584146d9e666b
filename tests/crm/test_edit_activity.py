"""Changing what was planned or done: what it says, when, about which deal, and whose it is."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.models import AuditEntry
from crm.models import Activity
from crm.services.activities import complete_activity, end_of_day, log_activity, update_activity
from pipeline.services.opportunities import create_opportunity

pytestmark = pytest.mark.django_db
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def call(noon, company, hengda):
    due = noon + timedelta(days=1, seconds=30)
    return log_activity(hengda, by=company.owner, kind="call", subject="Ring", due_at=due)


@pytest.fixture
def li(as_user, company):
    return as_user(company.owner)


@pytest.fixture
def deal(company, hengda, pipeline):
    fields = {"pipeline": pipeline, "currency": "CNY", "owner": company.owner}
    return create_opportunity(by=company.owner, name="Press", customer=hengda, **fields)


def opened(client, activity):
    """What the dialog would send if nothing was typed."""
    form = client.get(f"/activities/{activity.pk}/edit/", headers=DIALOG).context["form"]
    values = {name: form[name].value() for name in form.fields}
    sent = {name: getattr(value, "pk", value) for name, value in values.items()}
    for name in {"due_at", "done_at"} & set(sent):
        sent[name] = form.fields[name].widget.format_value(sent[name]) or ""
    return {name: value for name, value in sent.items() if value not in (None, False)}


def save(client, activity, sent):
    answer = client.post(f"/activities/{activity.pk}/edit/", sent, headers=DIALOG)
    activity.refresh_from_db()
    return answer


def test_what_is_typed_is_written_and_told_in_the_history(li, company, call, deal):
    sent = opened(li, call) | {
        "kind": "meeting",
        "subject": "Visit",
        "note": "Bring the samples.",
        "due_at": "2026-03-09T10:15",
        "opportunity": deal.pk,
        "owner": company.teammate.pk,
    }
    assert save(li, call, sent).headers["HX-Refresh"] == "true"
    assert (call.kind, call.subject, call.note) == ("meeting", "Visit", "Bring the samples.")
    assert call.due_at == datetime(2026, 3, 9, 10, 15, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert (call.opportunity, call.owner) == (deal, company.teammate)
    entry = AuditEntry.objects.filter(object_id=call.pk, action="update").latest("id")
    assert entry.actor == company.owner
    assert entry.changes["note"] == ["", "Bring the samples."]


def test_what_was_not_touched_stays_to_the_second(li, call):
    assert save(li, call, opened(li, call)).headers["HX-Refresh"] == "true"
    assert call.version == 1


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_a_whole_day_stays_that_day_wherever_one_is(li, company, call, zone):
    day = end_of_day(datetime(2026, 3, 6).date())
    update_activity(call, by=company.owner, due_at=day, all_day=True)
    company.owner.time_zone = zone
    company.owner.save()
    sent = opened(li, call)
    assert sent["due_at"].startswith("2026-03-06")
    save(li, call, sent)
    assert (call.due_at, call.version) == (day, 2)


def test_two_who_edit_at_once_lose_nothing(li, company, call):
    sent = opened(li, call) | {"note": "Mine."}
    later = call.due_at + timedelta(days=2)
    update_activity(call, by=company.teammate, due_at=later, note="Theirs.")
    page = save(li, call, sent)
    text = page.content.decode()
    assert "Somebody else changed this meanwhile. Nothing you typed is lost." in text
    assert "Mine.</textarea>" in text
    assert "Wu changed due from “5 Mar 2026, 12:00” to “7 Mar 2026, 12:00”" in text
    assert call.note == "Theirs."
    save(li, call, dict(page.context["form"].data.items()))
    assert (call.note, call.due_at.replace(second=30)) == ("Mine.", later)


def test_what_was_done_while_its_form_was_open_says_so_and_keeps_what_was_typed(li, company, call):
    sent = opened(li, call) | {"note": "Ask for Mr Zhou."}
    complete_activity(call, by=company.teammate)
    text = save(li, call, sent).content.decode()
    assert "Somebody else changed this meanwhile. Look at the new state" in text
    assert "Ask for Mr Zhou.</textarea>" in text
    assert call.note == ""


def test_what_is_done_says_when_and_is_corrected(li, company, call, noon):
    complete_activity(call, by=company.owner)
    sent = opened(li, call)
    assert "due_at" not in sent
    save(li, call, sent | {"done_at": "2026-03-03T17:00", "minutes": "20"})
    assert call.done_at == noon - timedelta(hours=19)
    assert call.minutes == 20
    refused = save(li, call, opened(li, call) | {"done_at": "2026-03-05T17:00"})
    assert refused.context["form"].errors["done_at"]


def test_an_unseen_deal_stays_and_stays_unnamed(li, company, call, deal):
    update_activity(call, by=company.owner, opportunity=deal)
    deal.owner = company.stranger
    deal.save(update_fields=["owner"])
    page = li.get(f"/activities/{call.pk}/edit/", headers=DIALOG).content.decode()
    assert "Press" not in page
    save(li, call, opened(li, call) | {"subject": "Ring again"})
    assert (call.subject, call.opportunity) == ("Ring again", deal)


@pytest.mark.parametrize(
    "typed",
    [{"subject": ""}, {"kind": "fax"}, {"kind": "task", "due_at": ""}, {"minutes": "2000"}],
)
def test_what_cannot_be_is_refused_beside_the_field(li, call, typed):
    page = save(li, call, opened(li, call) | typed)
    assert page.status_code == 200
    assert call.version == 1


def test_it_goes_to_nobody_whom_one_does_not_see(li, company, call):
    page = save(li, call, opened(li, call) | {"owner": company.stranger.pk})
    assert page.context["form"].errors["owner"]
    assert call.owner == company.owner


def test_a_stranger_opens_nothing(company, call, as_user):
    client = as_user(company.stranger)
    assert client.get(f"/activities/{call.pk}/edit/").status_code == 404
    assert client.post(f"/activities/{call.pk}/edit/", {"subject": "Mine"}).status_code == 404
    assert Activity.objects.get().subject == "Ring"


@pytest.mark.parametrize("is_done", [False, True])
def test_every_list_opens_it(li, company, call, deal, hengda, is_done):
    update_activity(call, by=company.owner, opportunity=deal)
    if is_done:
        complete_activity(call, by=company.owner)
    pages = [f"/customers/{hengda.pk}/", f"/deals/{deal.pk}/", *([] if is_done else ["/"])]
    for page in pages:
        assert f'hx-get="/activities/{call.pk}/edit/"' in li.get(page).content.decode(), page


def test_the_dialog_reopens_what_is_done_and_calls_off_what_is_not(li, company, call):
    def buttons():
        text = li.get(f"/activities/{call.pk}/edit/", headers=DIALOG).content.decode()
        return [verb for verb in ("call-off", "reopen") if f"{verb}/" in text]

    assert buttons() == ["call-off"]
    complete_activity(call, by=company.owner)
    assert buttons() == ["call-off", "reopen"]
