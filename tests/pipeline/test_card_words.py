"""The sentences of a model card: how far off, how that compares, and how sure it is."""

import pytest

from pipeline import card_words
from pipeline.own_scores import OwnScore


def scores(**fields):
    return {
        "windows": 12,
        "mape": 0.14,
        "bias": 0.09,
        "coverage80": 0.75,
        "cells": 20,
        "step_coverage80": 0.8,
    } | fields


def document_of(method, **rules):
    rows = [{"rule": rule, "scores": each} for rule, each in rules.items()]
    comparison = {"method": method, "rules": rows, "windows": []}
    return {"unit": "month", "horizon": 12, "wins": {"given_leads": comparison}}


def said(document):
    words = " ".join(card_words.summary(document, counted="wins", leads="given_leads"))
    return words.replace("\u202f", " ")


def test_the_manager_reads_how_far_off_and_beside_the_usual_rule():
    words = said(document_of(scores(), closed_rate=scores(mape=0.5, bias=-0.48)))
    assert "12 months ahead with this method at 12 dates of the past" in words
    assert "you would have been 9 % high on the whole" in words
    assert "14 % off on average" in words
    assert "“Closed rate × leads”: 48 % low, and 50 % off on average" in words
    assert "No rule of thumb came closer" in words
    assert "16 of 20 single months fell inside the 80 % band" in words
    assert "hint" not in words


def test_a_rule_that_came_closer_is_not_hidden():
    rules = {"closed_rate": scores(mape=0.5), "last_year": scores(mape=0.1)}
    words = said(document_of(scores(), **rules))
    assert "A rule of thumb came closer here: “Last year × growth”, 10 % off" in words
    assert "No rule of thumb" not in words


def test_the_usual_rule_that_came_closer_is_named_once_and_with_advice():
    words = said(document_of(scores(), closed_rate=scores(mape=0.1), last_year=scores(mape=0.5)))
    assert words.count("“Closed rate × leads”") == 1
    assert "A rule of thumb came closer here: “Closed rate × leads”, 10 % off" in words
    assert "plan with both" in words
    assert "plan with both" not in said(document_of(scores(), closed_rate=scores(mape=0.5)))


@pytest.mark.parametrize(
    ("cells", "inside", "is_said"), [(20, 0.6, True), (20, 0.65, False), (19, 0.3, False)]
)
def test_bands_that_are_too_narrow_are_called_so(cells, inside, is_said):
    words = said(document_of(scores(cells=cells, step_coverage80=inside)))
    assert ("The bands are too narrow here" in words) == is_said


def test_few_dates_are_called_a_hint_and_few_months_give_way_to_sums():
    words = said(document_of(scores(windows=4, cells=2), closed_rate=scores(mape=0.5)))
    assert "Only 4 forecasts could be judged" in words
    assert "3 of 4 forecasts fell inside" in words
    assert "neither high nor low" in said(document_of(scores(bias=0.003)))
    assert "Nothing was won" in said(document_of(scores(mape=None)))


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (OwnScore(0, None, None, 2), "None of the deals you may see"),
        (OwnScore(7, 0.1, 0.2, 0), "too few to say"),
        (OwnScore(40, 0.1, 0.2, 0), "People were closer"),
        (OwnScore(40, 0.2, 0.1, 0), "The rates were closer"),
        (OwnScore(40, 0.2, 0.199, 0), "about as close"),
    ],
)
def test_who_was_closer_people_or_the_rates(score, words):
    assert words in card_words.own(score)
