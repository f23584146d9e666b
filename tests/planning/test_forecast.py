"""What open deals will still bring."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core import clock
from pipeline.models import StageChange
from pipeline.services.estimates import refresh
from planning.forecasting import forecast_document
from tests.histories import write_history


@pytest.fixture
def history(pipeline, company_day):
    clock.pin(company_day("2002-01-01"))
    return write_history(pipeline, start=company_day("2000-06-01"), days=579, deals=900)


def test_months_and_stages_add_up_to_the_total(history, pipeline):
    document = forecast_document(refresh(pipeline), months=24)
    assert sum(m["wins"] for m in document["months"]) == pytest.approx(document["wins"])
    assert sum(s["wins"] for s in document["stages"]) == pytest.approx(document["wins"])
    assert document["wins_low80"] < document["wins"] < document["wins_high80"]
    assert document["months"][0]["month"] == "2002-01-01"


def test_it_comes_near_to_what_those_deals_did_bring(history, pipeline, stages, company_day):
    as_of = company_day("2001-04-01")
    document = forecast_document(refresh(pipeline, as_of=as_of), months=12)
    known = StageChange.objects.filter(at__lt=as_of).values("opportunity")
    later = StageChange.objects.filter(opportunity__in=known, to_stage=stages["Won"], at__gte=as_of)
    assert document["wins_low80"] <= later.count() <= document["wins_high80"]
    assert document["wins_high80"] < 6 * document["wins_low80"]


def test_the_command_prints_one_json_document(history, pipeline):
    out = StringIO()
    call_command("forecast", "--pipeline=New equipment", "--months=3", "--json", stdout=out)
    assert len(json.loads(out.getvalue())["months"]) == 3


@pytest.mark.parametrize(
    "wrong", ["--months=0", "--months=61", "--months=many", "--as-of=soon", "--as-of=2150-01-01"]
)
def test_the_command_refuses_what_cannot_be(pipeline, wrong):
    with pytest.raises(CommandError, match="between 1 and 60|a day such as|still to come"):
        call_command("forecast", "--pipeline=New equipment", wrong)
