"""Withdrawing a customer's move: asked of an old one, refused of the first, and taken back."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError

from core import clock
from crm.models import LadderPosition, LifecycleChange
from crm.services.customers import create_customer
from crm.services.lifecycle import move_customer, restore_move, undo_last_move

QUESTION = "Withdraw the move “Suspect → Prospect” of 3 Feb 2026?"


@pytest.fixture
def february(db, company_day):
    at = company_day("2026-02-03", hour=12)
    clock.pin(at)
    return at


@pytest.fixture
def hengda(february, company, ladder):
    return create_customer(by=company.owner, name="Hengda Foods", owner=company.owner)


@pytest.fixture
def moved(hengda, ladder, company):
    """A teammate moves it on."""
    return move_customer(hengda, to=ladder.stages.get(name="Prospect"), by=company.teammate)


@pytest.fixture
def march(company_day):
    def come():
        clock.pin(company_day("2026-03-04", hour=12))

    return come


def toast(answer):
    found = list(get_messages(answer.wsgi_request))[-1]
    return found.level_tag, str(found), found.extra_tags


def history(customer):
    rows = list(LifecycleChange.objects.live().filter(customer=customer).order_by("at", "pk"))
    position = LadderPosition.objects.get(customer=customer)
    assert (position.stage, position.since) == (rows[-1].to_stage, rows[-1].at)
    return [(row.from_stage, row.to_stage, row.at, row.by, row.cause) for row in rows]


@pytest.mark.parametrize(
    ("hours", "is_asked"), [(0, False), (24, False), (25, True), (24 * 60, True)]
)
def test_only_a_move_older_than_a_day_is_asked_about(
    as_user, company, hengda, moved, february, hours, is_asked
):
    clock.pin(february + timedelta(hours=hours))
    page = as_user(company.owner).get(f"/customers/{hengda.pk}/").content.decode()
    assert f"/lifecycle-changes/{moved.pk}/undo/" in page
    assert (f'hx-confirm="{QUESTION}"' in page) is is_asked


def test_the_question_is_asked_in_the_readers_language(as_user, company, hengda, moved, march):
    march()
    client = as_user(company.owner)
    page = client.get(f"/customers/{hengda.pk}/", headers={"Accept-Language": "zh-hans"})
    assert "要撤销2026年2月3日的移动“" in page.content.decode()


def test_a_withdrawn_move_comes_back_as_it_was(as_user, company, hengda, moved, march):
    before = history(hengda)
    march()
    client = as_user(company.owner)
    answer = client.post(f"/lifecycle-changes/{moved.pk}/undo/")
    assert toast(answer) == ("success", "The move is withdrawn.", again(moved))
    assert len(history(hengda)) == 1
    answer = client.post(again(moved))
    assert toast(answer)[1] == "Hengda Foods is now Prospect."
    assert history(hengda) == before
    assert LifecycleChange.objects.filter(customer=hengda).count() == 3


def again(change):
    return f"/lifecycle-changes/{change.pk}/restore/"


def test_what_was_known_while_a_move_was_withdrawn_stays_known(
    company, hengda, moved, march, company_day
):
    march()
    undo_last_move(moved, by=company.owner)
    clock.pin(company_day("2026-03-06"))
    restored = restore_move(moved, by=company.owner)
    known = LifecycleChange.objects.known_at
    for day, row in (("02-20", moved), ("03-05", None), ("03-07", restored)):
        moves = known(company_day(f"2026-{day}")).filter(from_stage__isnull=False)
        assert list(moves) == [row] * bool(row), day


def test_a_customer_moved_meanwhile_stays_where_it_is(
    as_user, company, hengda, moved, ladder, march
):
    march()
    client = as_user(company.owner)
    client.post(f"/lifecycle-changes/{moved.pk}/undo/")
    move_customer(hengda, to=ladder.stages.get(name="Customer"), by=company.owner)
    before = history(hengda)
    level, text, _undo = toast(client.post(again(moved)))
    assert (level, text) == (
        "error",
        "The customer was moved meanwhile, so this move stays undone.",
    )
    assert history(hengda) == before


def test_a_customer_that_went_to_and_fro_meanwhile_was_moved(company, hengda, moved, ladder, march):
    undo_last_move(moved, by=company.owner)
    march()
    for name in ("Customer", "Suspect"):
        move_customer(hengda, to=ladder.stages.get(name=name), by=company.owner)
    with pytest.raises(ValidationError, match="meanwhile"):
        restore_move(moved, by=company.owner)


def test_a_move_that_was_never_undone_is_not_restored(company, hengda, moved, ladder):
    move_customer(hengda, to=ladder.stages.get(name="Suspect"), by=company.owner)
    with pytest.raises(ValidationError, match="meanwhile"):
        restore_move(moved, by=company.owner)


@pytest.mark.parametrize("times", [0, 2])
def test_a_move_that_holds_is_not_made_twice(as_user, company, hengda, moved, times):
    client = as_user(company.owner)
    before = history(hengda)
    if times:
        client.post(f"/lifecycle-changes/{moved.pk}/undo/")
    for _ in range(times or 1):
        answer = client.post(again(moved))
    assert toast(answer)[0] == "error"
    assert history(hengda) == before


def test_the_first_move_is_refused(as_user, company, hengda):
    first = LifecycleChange.objects.get(customer=hengda)
    with pytest.raises(ValidationError, match="first stage cannot be undone"):
        undo_last_move(first, by=company.owner)
    answer = as_user(company.owner).post(f"/lifecycle-changes/{first.pk}/undo/")
    assert toast(answer)[:2] == (
        "error",
        "A customer's first stage cannot be undone. Move it instead.",
    )
    assert len(history(hengda)) == 1


def test_only_who_sees_the_customer_withdraws_and_restores(as_user, company, hengda, moved):
    client = as_user(company.stranger)
    assert client.post(f"/lifecycle-changes/{moved.pk}/undo/").status_code == 404
    undo_last_move(moved, by=company.owner)
    assert client.post(again(moved)).status_code == 404
    assert as_user(company.owner).get(again(moved)).status_code == 405
