"""What every page of deals has in common: who asks, and for which pipeline."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from accounts.models import User
from core.services.versions import StaleVersion
from crm.known_fields import MissingFields
from pipeline.models import Opportunity, Pipeline, standing_probability
from pipeline.plays import knowledge_label

SEEN = "X-Seen"
"""What a page shows already that asks whether there is something newer."""


class PageRequest(HttpRequest):
    """A request of a signed-in person, which the middleware sees to."""

    user: User
    htmx: HtmxDetails


def pipelines() -> list[Pipeline]:
    return list(Pipeline.objects.filter(is_active=True))


def named_pipeline(request: HttpRequest, choices: list[Pipeline]) -> Pipeline | None:
    """The pipeline that the address names, else the first; ``None`` where there is none at all."""
    named = request.GET.get("pipeline", "")
    if not named:
        return choices[0] if choices else None
    for pipeline in choices:
        if str(pipeline.pk) == named:
            return pipeline
    raise Http404


ON_ITS_PAGE = (
    *("stage__play", "pipeline", "customer", "owner", "contact"),
    *("product", "source", "lost_reason"),
)
ON_A_CARD = ("stage", "pipeline", "customer", "owner")
"""Every table that is joined costs the database more to plan than to read."""


def visible_deal(
    request: PageRequest, pk: int, related: Sequence[str] = ON_ITS_PAGE
) -> Opportunity:
    """A deal with what its pages and its card show; 404 for a missing and a forbidden one alike."""
    deals = Opportunity.objects.visible_to(request.user).select_related(*related)
    return get_object_or_404(deals.annotate(own_probability=standing_probability()), pk=pk)


def first_error(errors: Any) -> str:
    """One sentence of a form's or a ValidationError's messages."""
    for messages in errors.values():
        for message in messages:
            return str(message)
    return ""


def sentence_of(error: StaleVersion | ValidationError) -> str:
    return str(error.messages[0] if isinstance(error, ValidationError) else error)


def add_errors(
    form: forms.BaseForm, error: ValidationError, *, shown_as: Mapping[str, str] | None = None
) -> None:
    """Put a service's refusal beside the fields it is about, or name those that are not shown.

    ``shown_as`` are the form's own names of fields.
    """
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        name = (shown_as or {}).get(name, name)
        is_shown = name in form.fields and name != NON_FIELD_ERRORS
        if not is_shown and isinstance(error, MissingFields):
            text = _("“%(field)s” must be known to enter “%(stage)s”.")
            values = {"field": knowledge_label(name), "stage": error.stage.label}
            form.add_error(None, text % values)
        else:
            form.add_error(name if is_shown else None, errors)
