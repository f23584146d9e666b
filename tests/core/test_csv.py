"""Answers as CSV: readable by spreadsheets, and nothing in them is computed."""

import csv

import pytest

from core.api.csv import cell, csv_text


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "-inf"])
def test_what_a_spreadsheet_would_compute_is_made_text(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("value", [-1.5, "-1.5", "+3", "-2e-05", -7, "plain", "3-4", "王芳"])
def test_numbers_and_other_text_stay_as_they_are(value):
    assert cell(value) == str(value)


def test_rows_come_back_as_they_were():
    rows = [{"name": '恒达 "A", 食品', "n": 1}, {"name": "two\nlines", "share": 0.5, "open": True}]
    text = csv_text(rows)
    assert text.startswith("\ufeff")
    read = list(csv.DictReader(text.removeprefix("\ufeff").splitlines(keepends=True)))
    assert read == [
        {"name": '恒达 "A", 食品', "n": "1", "share": "", "open": ""},
        {"name": "two\nlines", "n": "", "share": "0.5", "open": "true"},
    ]


def test_no_rows_are_an_empty_file():
    assert csv_text([]) == "\ufeff"
