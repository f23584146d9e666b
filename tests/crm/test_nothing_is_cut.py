"""Long lists say how long they are, and lead on to the last row."""

import re
from datetime import timedelta

import pytest

from core import clock
from crm.services.activities import log_activity
from crm.services.lifecycle import move_customer, undo_last_move

pytestmark = pytest.mark.django_db


def test_the_timeline_leads_on_to_its_oldest_entry(company, hengda, as_user):
    for n in range(95):
        at = clock.now() - timedelta(days=n)
        log_activity(hengda, by=company.owner, kind="note", subject=f"Note {n}.", done_at=at)
    client = as_user(company.owner)
    headers = {"HX-Request": "true", "HX-Target": "older-entries"}
    found = [
        client.get(f"/customers/{hengda.pk}/?older={start}", headers=headers).content.decode()
        for start in (0, 40, 80)
    ]
    assert ["Show older entries" in part for part in found] == [True, True, False]
    told = "".join(found)
    assert "<html" not in told
    assert sorted(map(int, re.findall(r"<div>.*?Note (\d+)\.", told))) == list(range(95))


def test_an_undone_move_stays_in_the_timeline(company, hengda, ladder, as_user):
    change = move_customer(hengda, to=ladder.stages.get(name="Prospect"), by=company.owner)
    undo_last_move(change, by=company.owner)
    page = as_user(company.owner).get(f"/customers/{hengda.pk}/").content.decode()
    assert "Suspect → Prospect" in page
    assert ">undone<" in page


@pytest.mark.parametrize(("ahead", "part"), [(0, "today"), (3, "soon"), (-3, "overdue")])
def test_today_counts_all_and_shows_more(company, hengda, as_user, ahead, part):
    due = clock.now() + timedelta(days=ahead)
    for n in range(45):
        log_activity(hengda, by=company.owner, kind="call", subject=f"Call {n}.", due_at=due)
    client = as_user(company.owner)
    page = client.get("/").content.decode()
    assert '<span class="badge">45</span>' in page
    assert "The first 30 of 45 are shown." in page
    assert ("45 are due today." in page) is (part == "today")
    whole = client.get(f"/?{part}=130").content.decode()
    assert all(f"Call {n}." in whole for n in range(45))
