"""Figures of plans in templates."""

from django import template

from core.templatetags.figures import number

register = template.Library()

PART = 0.05


@register.filter
def hires(count: float) -> str:
    """People: 6, or 4.5 where a plan hires parts of them."""
    return number(count, 0 if abs(count - round(count)) < PART else 1)


@register.filter
def hours(value: float) -> str:
    """Hours of work: 5.4, and 0.43 where one digit would tell little."""
    return number(value, 2 if 0 < value < 1 else 1)
