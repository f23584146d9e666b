"""What is said of a plan that needs no new leads, or that nothing limits."""

import pytest

from planning.covered_words import covered_sentence, no_limit_sentence
from planning.models import Plan

MONTH = {"won_so_far": 0.0, "certain": 0.0, "from_pipeline": 0.0}


def said(months, *, direct=0.0, **fields):
    found = {"p_target": 0.93, "months": [MONTH | months], "origins": {"direct": [[direct]]}}
    return covered_sentence(Plan(**fields), found)


def test_what_is_open_gives_the_chance():
    assert "from what is open now." in said({"from_pipeline": 5.0})
    assert "from what is open or comes by itself." in said({"from_pipeline": 5.0}, direct=2.0)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"repeat_by_month": [9.0] * 12}, "from repeat business, as typed."),
        ({"repeat_from_purchases": True}, "from repeat business, as purchases tell it."),
    ],
)
def test_repeat_business_is_named_where_it_gives_the_chance(fields, words):
    text = said({"certain": 9.0}, **fields)
    assert words in text
    assert "open" not in text


def test_all_that_gives_it_is_named_and_nothing_else():
    text = said({"won_so_far": 3.0, "certain": 9.0, "from_pipeline": 1.0})
    assert text.endswith("from what is won so far, what is open now.")
    assert said({}).endswith("a chance of 93\u202f%.")


def test_that_nothing_limits_a_plan_is_good_news_only_where_it_is():
    words = {
        no_limit_sentence(is_over, is_reached)
        for is_over, is_reached in [(True, True), (True, False), (False, False), (False, True)]
    }
    assert len(words) == 3
    assert no_limit_sentence(True, False).startswith("The year is over")
