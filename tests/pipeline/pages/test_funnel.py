import pytest

from core import clock
from core.models import Job
from pipeline.services.estimates import refresh
from pipeline.views.funnel_rows import funnel_rows, standing_out
from tests.histories import write_history

FUNNEL = "/funnel/"


@pytest.fixture
def estimate(pipeline, company_day):
    clock.pin(company_day("2002-01-01"))
    write_history(pipeline, start=company_day("2001-01-01"), days=365, deals=400)
    return refresh(pipeline)


def test_every_rate_shows_its_band_and_n(as_user, company, estimate):
    page = as_user(company.stranger).get(FUNNEL).content.decode()
    stage = next(s for s in estimate.payload["stages"] if s["name"] == "Qualified")
    rate = stage["promotion"]
    for share in (rate["rate"], rate["low80"], rate["high80"]):
        assert f"{100 * share:.0f}\u202f%" in page
    assert f"n {rate['n_eff']:,.0f}" in page
    assert "1 Jan 2002" in page


def test_the_first_words_say_what_stands_out(estimate):
    payload = estimate.payload
    sentences = standing_out(payload)
    assert sentences
    deals = [s for s in payload["stages"] if s["promotion"]["rate"] is not None]
    narrowest = min(deals, key=lambda s: s["promotion"]["rate"])
    assert any(f"Most are lost in {narrowest['name']}" in s for s in sentences)


def test_the_parts_of_a_bar_make_up_what_entered(estimate):
    for row in funnel_rows(estimate.payload):
        assert sum(s.count for s in row.segments) == pytest.approx(row.stage["entered"])


def test_before_the_first_estimate_the_page_says_so(as_user, company, pipeline):
    page = as_user(company.owner).get(FUNNEL).content.decode()
    assert "No rates yet" in page
    assert "Recompute now" in page


def test_with_too_little_history_the_page_says_what_is_missing(
    as_user, company, pipeline, company_day
):
    clock.pin(company_day("2002-01-01"))
    refresh(pipeline)
    assert "Too little history" in as_user(company.owner).get(FUNNEL).content.decode()


def test_recompute_answers_with_a_job_that_tells_how_far_it_is(as_user, company, pipeline):
    client = as_user(company.owner)
    answer = client.post(f"{FUNNEL}{pipeline.pk}/recompute/", headers={"HX-Request": "true"})
    job = Job.objects.get(kind="estimates")
    assert f'id="job-{job.pk}"' in answer.content.decode()
    assert job.requested_by == company.owner
    assert f'id="job-{job.pk}"' in client.get(FUNNEL).content.decode()


def test_recompute_needs_a_post_and_a_pipeline(as_user, company, pipeline):
    client = as_user(company.owner)
    assert client.get(f"{FUNNEL}{pipeline.pk}/recompute/").status_code == 405
    assert client.post(f"{FUNNEL}99999/recompute/").status_code == 404
