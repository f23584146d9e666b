"""The sub-plans of the page in words and figures, and the approval beside them."""

from planning.models import Plan
from planning.services.plans import approve_plan
from planning.sub_plans import sub_plans

HTMX = {"HX-Request": "true"}


def parts(plan):
    found = sub_plans(plan, plan.solution, plan.requirements.all(), plan.estimate)
    return {each.part: each for each in found}


def test_parts_say_how_many_when_and_of_what_quality(plan):
    first, *_others, last = parts(plan).values()
    stage = first.stages[0]
    leads = sum(month["new_leads"] for month in plan.solution["months"])
    assert f"{stage.total:,} must enter {stage.name}" in first.sentences[0]
    assert f"{round(leads):,} of them are new leads" in first.sentences[0]
    assert "are won in the end (of all so far" in first.sentences[1]
    assert ", n " in first.sentences[1]
    assert sum(last.wins) == last.total_wins
    assert f"{last.total_wins:,} wins" in last.sentences[-1]


def test_wins_belong_to_the_last_part_alone(plan):
    *others, last = parts(plan).values()
    assert last.wins is not None
    assert all(each.wins is None for each in others)


def test_the_page_shows_each_part_with_its_band_and_n(as_user, company, plan, typed):
    client = as_user(company.manager)
    for page in (
        client.get(f"/plans/{plan.pk}/").content.decode(),
        client.post(f"/plans/{plan.pk}/preview/", typed, headers=HTMX).content.decode(),
    ):
        for part in parts(plan):
            assert f'id="part-{part}"' in page
        assert " · n " in page


def test_a_manager_approves_and_others_cannot(as_user, company, plan):
    url = f"/plans/{plan.pk}/approve/"
    assert as_user(company.owner).post(url).status_code == 404
    client = as_user(company.manager)
    assert "data-approve" in client.get(f"/plans/{plan.pk}/").content.decode()
    assert client.get(url).status_code == 405
    client.post(url, {"version": plan.version})
    plan.refresh_from_db()
    assert plan.status == Plan.Status.APPROVED
    page = client.get(f"/plans/{plan.pk}/").content.decode()
    assert "data-approve" not in page
    assert "approved" in client.get("/plans/").content.decode()


def test_what_changed_since_it_was_seen_is_not_approved(as_user, company, plan):
    Plan.objects.filter(pk=plan.pk).update(version=2)
    as_user(company.manager).post(f"/plans/{plan.pk}/approve/", {"version": "1"})
    plan.refresh_from_db()
    assert plan.status == Plan.Status.DRAFT


def test_saving_an_approved_plan_answers_that_it_is_a_draft(as_user, company, plan, typed):
    approve_plan(plan, by=company.manager)
    client = as_user(company.manager)
    assert "data-ask" in client.get(f"/plans/{plan.pk}/").content.decode().split("plan-status")[1]
    answer = client.post(
        f"/plans/{plan.pk}/", typed | {"version": 2, "target": "90 M"}, headers=HTMX
    )
    page = answer.content.decode()
    assert 'id="plan-status" hx-swap-oob="true">' in page
    assert "data-approve" in page
    plan.refresh_from_db()
    assert plan.status == Plan.Status.DRAFT
