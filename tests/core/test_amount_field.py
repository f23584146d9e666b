"""Amounts as people write them in a form."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from core.forms import AmountField


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("70.4 M", "70400000"),
        ("7040万", "70400000"),
        ("1.2亿", "120000000"),
        ("70,400,000", "70400000"),
        ("¥ 500 k", "500000"),
        (".5 bn", "500000000"),
        ("0", "0"),
        ("3千万", "30000000"),
        ("3000万", "30000000"),
        ("3,000万元", "30000000"),
        ("３０００萬 元", "30000000"),
        ("5百万", "5000000"),
        ("1.5十亿", "1500000000"),
        ("2万亿", "2000000000000"),
        ("30m", "30000000"),
        ("30 million", "30000000"),
        ("1.5 billion", "1500000000"),
        ("250 thousand", "250000"),
        ("3000元", "3000"),
        ("70 400 000", "70400000"),
    ],
)
def test_amounts_are_read_as_people_write_them(text, target):
    assert AmountField().clean(text) == Decimal(target)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1,5亿", "decimal point"),
        ("70,4 M", "decimal point"),
        ("3000万美元", "such as"),
        ("三千万", "such as"),
        ("3千5百万", "such as"),
        ("30 trillions", "such as"),
        ("USD 30m", "such as"),
        ("-5", "such as"),
        ("万", "such as"),
        ("万万", "such as"),
        ("5万千", "such as"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_and_said(text, why):
    with pytest.raises(ValidationError, match=why):
        AmountField().clean(text)
