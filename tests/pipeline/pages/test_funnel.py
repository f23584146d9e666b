import re

import pytest
from django.utils import translation

from core import clock
from core.models import DirtyFlag, Job
from pipeline.drift_words import drift_sentences
from pipeline.services.estimates import refresh, refresh_flagged
from pipeline.services.requests import flag_name, request_refresh
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


def test_a_page_that_waits_for_newer_rates_is_renewed_when_they_are_there(
    as_user, company, pipeline, estimate, company_day, settings
):
    settings.ESTIMATE_QUIET_SECONDS = 0
    client = as_user(company.owner)

    def seen(page):
        return re.search(r"""hx-headers='{"X-Seen": "([^"]+)"}'""", page)[1]

    DirtyFlag.objects.all().delete()
    assert "X-Seen" not in client.get(FUNNEL).content.decode()
    clock.pin(company_day("2002-01-08"))
    request_refresh(pipeline.pk)
    page = client.get(FUNNEL).content.decode()
    assert "Newer rates are being computed and will appear here." in page
    assert "1 Jan 2002" in page
    poll = {"HX-Request": "true", "X-Seen": seen(page)}
    assert client.get(FUNNEL, headers=poll).status_code == 204
    refresh_flagged(flag_name(pipeline.pk))
    renewed = client.get(FUNNEL, headers=poll)
    assert renewed["HX-Trigger-After-Swap"] == "ratesRenewed"
    page = renewed.content.decode()
    assert "8 Jan 2002" in page
    assert "X-Seen" not in page


def test_a_change_during_the_computation_is_waited_for_beside_the_newer_rates(
    as_user, company, pipeline, estimate, company_day
):
    client = as_user(company.owner)
    request_refresh(pipeline.pk)
    poll = {"HX-Request": "true", "X-Seen": "another"}
    page = client.get(FUNNEL, headers=poll).content.decode()
    assert "By what was known on 1 Jan 2002" in page
    assert "Newer rates are being computed" in page


def test_the_first_words_say_what_stands_out(estimate):
    payload = estimate.payload
    sentences = standing_out(payload)
    assert sentences
    deals = [s for s in payload["stages"] if s["promotion"]["rate"] is not None]
    narrowest = min(deals, key=lambda s: s["promotion"]["rate"])
    assert any(f"Most are lost in {narrowest['name']}" in s for s in sentences)


def stages_of(*kinds_and_drifts):
    names = ("Proposal", "Negotiation", "Contract")
    return [
        {"name": name, "kind": kind, "drift": drift}
        for name, (kind, drift) in zip(names, kinds_and_drifts, strict=False)
    ]


FEWER = {"since": "2002-01-01", "change": -0.89}


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ([("opportunity", FEWER)] * 3, "in all stages."),
        ([("customer", None), *[("opportunity", FEWER)] * 2], "in all stages of deals."),
        ([("opportunity", None), ("opportunity", FEWER)], "in Negotiation."),
    ],
)
def test_a_shift_is_told_once_with_the_stages_that_share_it(stages, words):
    (said,) = drift_sentences(stages_of(*stages))
    assert said == f"Since January 2002 89\u202f% fewer move on than before {words}"


def test_two_shifts_are_two_sentences_and_none_is_none():
    more = {"since": "2001-05-01", "change": 0.5}
    said = drift_sentences(stages_of(("opportunity", FEWER), ("opportunity", more)))
    assert [sentence.split(" move")[0][-4:] for sentence in said] == ["ewer", "more"]
    assert drift_sentences(stages_of(("opportunity", None))) == []


def test_chinese_writes_the_month_its_own_way():
    with translation.override("zh-hans"):
        (said,) = drift_sentences(stages_of(("opportunity", FEWER)))
        assert "2002年1月" in said


def test_the_funnel_opens_with_a_shift_and_says_what_n_is(as_user, company, estimate):
    for stage in estimate.payload["stages"]:
        stage["drift"] = FEWER
    estimate.save()
    page = as_user(company.owner).get(FUNNEL).content.decode()
    assert page.count("Since January 2002") == 1
    assert page.count("n is the number of cases") == 1


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
