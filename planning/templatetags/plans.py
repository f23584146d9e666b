"""Figures of plans in templates."""

from django import template

from core.templatetags.figures import number

register = template.Library()

PART = 0.05


@register.filter
def hires(count: float) -> str:
    """People: 6, or 4.5 where a plan hires parts of them."""
    return number(count, 0 if abs(count - round(count)) < PART else 1)
