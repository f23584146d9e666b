from datetime import timedelta

import pytest

from core import clock
from crm.services.activities import log_activity
from crm.services.customers import create_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def new_year(company_day, db):
    """The clock stands at nine on the first day of 2002."""
    at = company_day("2002-01-01", hour=9)
    clock.pin(at)
    return at


def test_an_empty_house_offers_three_doors(company, as_user):
    page = as_user(company.admin).get("/").content.decode()
    for words in ("seed_demo", "import_deals", "/django-admin/pipeline/pipeline/add/"):
        assert words in page


def test_today_shows_my_overdue_todays_and_coming_activities(new_year, company, hengda, as_user):
    for subject, away in (("Late", -2), ("Now", 0), ("Soon", 3), ("Far", 30)):
        due = new_year + timedelta(days=away, hours=2)
        log_activity(hengda, by=company.owner, kind="task", subject=subject, due_at=due)
    log_activity(hengda, by=company.teammate, kind="task", subject="Not mine", due_at=new_year)
    agenda = as_user(company.owner).get("/").context["agenda"]
    shown = [
        [each.subject for each in part] for part in (agenda.overdue, agenda.today, agenda.soon)
    ]
    assert shown == [["Late"], ["Now"], ["Soon"]]


def test_a_manager_sees_who_is_behind(new_year, company, hengda, as_user):
    create_customer(by=company.teammate, name="Lotus", owner=company.teammate)
    due = new_year - timedelta(days=2)
    log_activity(hengda, by=company.owner, kind="task", subject="Late", due_at=due)
    team = {each.name: each for each in as_user(company.manager).get("/").context["team"]}
    assert set(team) == {"Li", "Wu"}
    assert (team["Li"].overdue_count, team["Li"].customer_count) == (1, 1)
    assert as_user(company.owner).get("/").context["team"] is None


def test_a_manager_steps_the_pinned_clock(new_year, company, hengda, as_user):
    as_user(company.manager).post("/clock/step/", {"by": "month"})
    assert clock.today().isoformat() == "2002-02-01"
    assert as_user(company.owner).post("/clock/step/", {"by": "day"}).status_code == 404
    as_user(company.manager).post("/clock/step/", {"by": "century"})
    assert clock.today().isoformat() == "2002-02-01"


def test_a_running_clock_is_not_stepped(company, as_user):
    page = as_user(company.manager).post("/clock/step/", {"by": "day"}, follow=True)
    assert "cannot be stepped" in page.content.decode()


def test_a_manager_opens_what_one_of_the_people_has_to_do(company, hengda, as_user):
    due = clock.now() - timedelta(days=3)
    call = log_activity(hengda, by=company.owner, kind="call", subject="Ring", due_at=due)
    manager = as_user(company.manager)
    address = f"/today/{company.owner.pk}/"
    assert f'href="{address}"' in manager.get("/").content.decode()
    page = manager.get(address).content.decode()
    assert f'hx-get="/activities/{call.pk}/edit/"' in page
    assert manager.get(f"/today/{company.stranger.pk}/").status_code == 404
    assert as_user(company.teammate).get(address).status_code in (403, 404)
