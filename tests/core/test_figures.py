from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from core import clock
from core.templatetags import figures


def plain(text):
    return text.replace("\u202f", " ")


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (Decimal("1840000"), "¥1.84 M", "¥184万"),
        (70_400_000, "¥70.4 M", "¥7040万"),
        (410_000, "¥410 k", "¥41万"),
        (999_999, "¥1 M", "¥100万"),
        (123_456_789, "¥123 M", "¥1.23亿"),
        (950, "¥950", "¥950"),
        (-1_250_000, "−¥1.25 M", "−¥125万"),
        (0, "¥0", "¥0"),
        (None, "–", "–"),
        ("not a number", "–", "–"),
        (float("nan"), "–", "–"),
    ],
)
def test_short_money_has_three_digits_and_the_readers_unit(value, english, chinese):
    with translation.override("en"):
        assert plain(figures.short_money(value, "CNY")) == english
    with translation.override("zh-hans"):
        assert plain(figures.short_money(value, "CNY")) == chinese


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        (380000, "CNY", "¥380,000"),
        (Decimal("1234.50"), "USD", "$1,234.50"),
        (Decimal("-20"), "EUR", "−€20"),
        (5, "CHF", "CHF 5"),
        (5, "", "5"),
    ],
)
def test_money_shows_cents_only_where_there_are_any(value, currency, shown):
    assert plain(figures.money(value, currency)) == shown


def test_shares_and_numbers():
    assert plain(figures.percent(0.3234)) == "32 %"
    assert plain(figures.percent(0.3234, 1)) == "32.3 %"
    assert figures.number(12345.678, 1) == "12,345.7"
    with translation.override("zh-hans"):
        assert figures.percent(0.5) == "50%"


def test_days_are_said_from_the_business_clock(db):
    clock.pin(datetime(2002, 1, 1, 1, tzinfo=UTC))
    said = {
        date(2002, 1, 1): "today",
        date(2001, 12, 31): "yesterday",
        date(2002, 1, 4): "in 3 days",
        date(2001, 12, 29): "3 days ago",
        date(2000, 1, 1): "1 Jan 2000",
    }
    assert {on: figures.relative_day(on) for on in said} == said
    with translation.override("zh-hans"):
        assert figures.day(date(2002, 1, 3)) == "2002年1月3日"
