"""What every page of deals has in common: who asks, and for which pipeline."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django_htmx.middleware import HtmxDetails

from accounts.models import User
from core.services.versions import StaleVersion
from pipeline.models import Opportunity, Pipeline

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


def visible_deal(request: PageRequest, pk: int) -> Opportunity:
    """A deal with what its pages show; 404 for a missing and a forbidden one alike."""
    deals = Opportunity.objects.visible_to(request.user).select_related(
        *("stage__play", "pipeline", "customer", "owner", "contact"),
        *("product", "source", "lost_reason"),
    )
    return get_object_or_404(deals, pk=pk)


def first_error(errors: Any) -> str:
    """One sentence of a form's or a ValidationError's messages."""
    for messages in errors.values():
        for message in messages:
            return str(message)
    return ""


def sentence_of(error: StaleVersion | ValidationError) -> str:
    return str(error.messages[0] if isinstance(error, ValidationError) else error)


def add_errors(form: forms.BaseForm, error: ValidationError) -> None:
    """Put a service's refusal beside the fields it is about."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        is_shown = name in form.fields and name != NON_FIELD_ERRORS
        form.add_error(name if is_shown else None, errors)
