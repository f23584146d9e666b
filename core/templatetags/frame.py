"""What templates need to be part of the frame."""

from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core import fragments as registry
from core import navigation as parts
from core.addresses import changed_query
from core.middleware import toast_of
from core.models import Notice
from core.once import FIELD, new_key

register = template.Library()


@register.inclusion_tag("core/_navigation.html", takes_context=True)
def navigation(context: template.Context, place: str) -> dict[str, Any]:
    """The parts of the product: ``place`` is ``bar`` or ``tabs``."""
    request = context["request"]
    # A page shows them twice, and counts what waits once.
    links = getattr(request, "navigation_links", None)
    if links is None:
        links = request.navigation_links = parts.links(request.user, request.path)
    if place == "bar":
        return {"links": links, "place": place}
    shown, more = parts.tabs(links, request.path)
    return {
        "links": shown,
        "place": place,
        "more": more,
        "is_in_more": any(link.is_current for link in more),
        "waits_in_more": sum(link.count for link in more),
    }


@register.simple_tag(takes_context=True)
def fragments(context: template.Context, slot: str, **subject: Any) -> SafeString:
    """What higher apps show in ``slot`` of this page."""
    return registry.render(slot, context["request"], **subject)


@register.simple_tag
def jinja(name: str, **context: Any) -> SafeString:
    """What a page draws by the hundred: the template ``name`` under ``templates/jinja2``."""
    return mark_safe(get_template(name, using="jinja2").render(context))  # noqa: S308 (it escapes)


@register.simple_tag(takes_context=True)
def unread_notices(context: template.Context) -> int:
    return Notice.objects.filter(user=context["request"].user, read_at__isnull=True).count()


@register.simple_tag(takes_context=True)
def once(context: template.Context, *, afresh: bool = False) -> SafeString:
    """The key by which a form that makes something is done once; a refused form keeps it.

    ``afresh`` is for a form that an answer shows again after it was done.
    """
    key = "" if afresh else context["request"].POST.get(FIELD, "")
    # A browser that fills in what stood there before a reload would bring an old key back.
    html = '<input type="hidden" name="{}" value="{}" autocomplete="off" data-undrafted>'
    return format_html(html, FIELD, key or new_key())


@register.filter
def as_toasts(messages: Any) -> list[dict[str, str]]:
    return [toast_of(message) for message in messages]


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The page's query string with ``changes``; ``None`` or an empty text takes a key away."""
    return changed_query(context["request"], **changes)


@register.inclusion_tag("core/_field.html")
def field(bound: BoundField, **attrs: Any) -> dict[str, Any]:
    """A form field with its label, help, errors, and Tabler's class for its widget.

    Underscores in the names of ``attrs`` become hyphens (``hx_get``, ``data_key``); ``label``
    replaces the field's own. ``data_begin`` marks where typing begins in a dialog.
    """
    widget = bound.field.widget
    html = {name.replace("_", "-"): value for name, value in attrs.items() if name != "label"}
    kind = _kind(widget)
    if kind in ("radio", "checks"):
        # Each choice is drawn by itself and takes its class from the widget.
        widget.attrs["class"] = _widget_class(widget)
        rendered: Any = bound
    else:
        rendered = bound.as_widget(attrs=html | {"class": _css(bound, html.get("class", ""))})
    return {
        "field": bound,
        "label": attrs.get("label", bound.label),
        "rendered": rendered,
        "kind": kind,
    }


@register.inclusion_tag("core/_fields.html")
def fields(form: Any, *names: str) -> dict[str, Any]:
    """Some of the form's fields in this order, or all that are visible, and the form's errors."""
    shown = [form[name] for name in names] if names else form.visible_fields()
    return {"form": form, "shown": shown, "with_hidden": not names}


@register.simple_tag
def select(bound: BoundField) -> SafeString:
    """A filter's control without a visible label; its label is read aloud."""
    css = f"{_widget_class(bound.field.widget)} filter"
    attrs: dict[str, str | bool] = {"class": css, "aria-label": str(bound.label)}
    return bound.as_widget(attrs=attrs)


@register.inclusion_tag("core/_sort_link.html", takes_context=True)
def sort_link(
    context: template.Context, key: str, label: str, present: str | None
) -> dict[str, Any]:
    """A column's head that sorts by it, and the other way round when it does already."""
    down = present == key
    address = query(context, sort=f"-{key}" if down else key, page=None)
    arrow = "chevron-up" if down else "chevron-down" if present == f"-{key}" else ""
    return {"url": address, "label": label, "arrow": arrow}


def _kind(widget: Any) -> str:
    if isinstance(widget, CheckboxSelectMultiple):
        return "checks"
    if isinstance(widget, RadioSelect):
        return "radio"
    return "check" if isinstance(widget, CheckboxInput) else "plain"


def _css(bound: BoundField, extra: str) -> str:
    invalid = "is-invalid" if bound.errors else ""
    return " ".join(filter(None, [_widget_class(bound.field.widget), invalid, extra]))


def _widget_class(widget: Any) -> str:
    kind = _kind(widget)
    if kind == "plain":
        return "form-select" if isinstance(widget, Select) else "form-control"
    return "btn-check" if kind == "radio" else "form-check-input"
