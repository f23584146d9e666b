"""Numbers, money, percentages and dates as the reader's language writes them."""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation, getcontext
from functools import cache, lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import (
    format_compact_decimal,
    format_decimal,
    format_percent,
    get_currency_symbol,
)
from django import template
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import clock
from core.vocabulary import label

register = template.Library()

NONE = "–"
NARROW_SPACE = "\u202f"


@register.filter
def number(value: Any, digits: int = 0) -> str:
    """12,345.6 with at most ``digits`` decimals."""
    figure = _figure(value)
    if figure is None:
        return NONE
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return _decimal(_rounded(figure, digits), pattern, _locale())


@register.filter
def short_number(value: Any) -> str:
    """Three digits and a unit: 1.23 M, 410 k; in Chinese 123万, 41万."""
    figure = _figure(value)
    if figure is None:
        return NONE
    figure = Decimal(f"{figure:.3g}")
    locale = _locale()
    group = 4 if locale.language == "zh" else 3
    whole = max(figure.adjusted(), 0) % group + 1 if figure else 1
    text = _compact(figure, max(3 - whole, 0), locale)
    return re.sub(r"(?<=\d)([A-Z])", _spaced_unit, text)


@register.filter
def money(value: Any, currency: str = "") -> str:
    """¥380,000, with cents only where there are any."""
    figure = _figure(value)
    if figure is None:
        return NONE
    pattern = "#,##0" if figure == figure.to_integral_value() else "#,##0.00"
    text = _decimal(abs(figure), pattern, _locale())
    return _signed(figure, currency_symbol(currency) + text)


@register.filter
def short_money(value: Any, currency: str = "") -> str:
    """¥1.84 M; in Chinese ¥184万."""
    figure = _figure(value)
    return (
        NONE
        if figure is None
        else _signed(figure, currency_symbol(currency) + short_number(abs(figure)))
    )


@register.filter
def percent(value: Any, digits: int = 0) -> str:
    """A share of 1 as 32 %."""
    figure = _figure(value)
    if figure is None:
        return NONE
    pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
    text = _percent(_rounded(figure, digits + 2), pattern, _locale())
    return text if _locale().language == "zh" else text.replace("%", f"{NARROW_SPACE}%")


@register.filter
def day(value: Any) -> str:
    """3 Jan 2002."""
    if not value:
        return NONE
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return format_date(value, "medium", locale=_date_locale())


@register.filter
def month(value: Any, pattern: str = "LLLL") -> str:
    """January; ``LLL`` for Jan, ``LLLLL`` for its letter; in Chinese 一月, 1月, 1."""
    if not value:
        return NONE
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return format_date(value, pattern, locale=_locale())


@register.filter
def moment(value: Any) -> str:
    """3 Jan 2002, 09:30, in the reader's time zone."""
    if not value:
        return NONE
    pattern = "y年M月d日 HH:mm" if _locale().language == "zh" else "d MMM y, HH:mm"
    return format_datetime(
        timezone.localtime(value).replace(tzinfo=None), pattern, locale=_date_locale()
    )


@register.filter
def relative_day(value: Any) -> str:
    """today, tomorrow, yesterday, in 3 days, 3 days ago, by the business clock."""
    if not value:
        return NONE
    target = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return _days_away((target - _reader_today()).days, target)


@register.filter
def near_day(value: Any) -> str:
    """today, tomorrow, the weekday within a week (Tue), else 12 Jan: where there is little room."""
    if not value:
        return NONE
    target = timezone.localtime(value).date() if isinstance(value, datetime) else value
    away = (target - _reader_today()).days
    if 0 <= away <= 1:
        return _days_away(away, target)
    if 1 < away < 7:
        return format_date(target, "ccc", locale=_locale())
    return format_date(
        target, "M月d日" if _locale().language == "zh" else "d MMM", locale=_locale()
    )


@register.filter
def shipped(name: str) -> str:
    """A name that ships with the product in the reader's language; any other as typed."""
    return label(name)


def _days_away(days: int, target: date) -> str:
    if days in (-1, 0, 1):
        return {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}[days]
    if abs(days) > 60:
        return day(target)
    if days > 0:
        return ngettext("in %(n)d day", "in %(n)d days", days) % {"n": days}
    return ngettext("%(n)d day ago", "%(n)d days ago", -days) % {"n": -days}


def _reader_today() -> date:
    return timezone.localtime(clock.now()).date()


def _figure(value: Any) -> Decimal | None:
    try:
        figure = Decimal(str(value))
    except InvalidOperation:
        return None
    return figure if figure.is_finite() else None


def _rounded(figure: Decimal, digits: int) -> Decimal:
    """As it is shown, so that what looks alike is written once."""
    return figure if figure.adjusted() + digits >= getcontext().prec else round(figure, digits)


@lru_cache(maxsize=10_000)
def _decimal(figure: Decimal, pattern: str, locale: Locale) -> str:
    """Kept, since a page of cards writes the same few hundred figures again and again."""
    return format_decimal(figure, format=pattern, locale=locale)


@lru_cache(maxsize=10_000)
def _compact(figure: Decimal, digits: int, locale: Locale) -> str:
    return format_compact_decimal(figure, locale=locale, fraction_digits=digits)


@lru_cache(maxsize=10_000)
def _percent(figure: Decimal, pattern: str, locale: Locale) -> str:
    return format_percent(figure, format=pattern, locale=locale)


def _locale() -> Locale:
    return _locale_of(translation.get_language() or "en")


@cache
def _locale_of(language: str) -> Locale:
    return Locale.parse(translation.to_locale(language))


def _date_locale() -> Locale:
    """Days before months in English."""
    locale = _locale()
    return Locale.parse("en_GB") if locale.language == "en" else locale


def currency_symbol(currency: str) -> str:
    if currency == "CNY":
        return "¥"
    symbol = get_currency_symbol(currency, locale=_locale()) if currency else ""
    return f"{symbol}{NARROW_SPACE}" if symbol.isalpha() else symbol


def _signed(figure: Decimal, text: str) -> str:
    return f"−{text}" if figure < 0 else text


def _spaced_unit(match: re.Match[str]) -> str:
    return NARROW_SPACE + match[1].replace("K", "k")
