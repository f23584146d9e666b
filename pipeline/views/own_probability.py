"""A person's own word on the chance of a deal, beside what the rates say."""

from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import reswap, retarget

from core import toasts
from core.services.versions import StaleVersion
from core.templatetags.figures import percent
from pipeline.forms import OwnProbabilityForm, as_percent
from pipeline.models import Opportunity
from pipeline.services.probabilities import set_own_probability
from pipeline.views.chances import own_probability
from pipeline.views.opportunities import deal_answer, deal_context
from pipeline.views.requests import PageRequest, sentence_of, visible_deal


@require_POST
def set_own(request: PageRequest, pk: int) -> HttpResponse:
    """Say in percent what the chance is held to be; nothing said takes it back."""
    deal = visible_deal(request, pk)
    # An undo says all in its address.
    form = OwnProbabilityForm(request.POST if "version" in request.POST else request.GET)
    before = own_probability(deal)
    if not (form.is_valid() and _saved(form, deal, request)):
        return _refused(request, visible_deal(request, pk), form)
    undo = _undo_address(deal, before.probability if before else None)
    toasts.done(request, _said(form.probability), undo=undo)
    return deal_answer(request, deal)


def _saved(form: OwnProbabilityForm, deal: Opportunity, request: PageRequest) -> bool:
    deal.version = form.cleaned_data["version"]
    try:
        set_own_probability(deal, form.probability, by=request.user)
    except (StaleVersion, ValidationError) as error:
        form.add_error("percent", sentence_of(error))
    return not form.errors


def _refused(request: PageRequest, deal: Opportunity, form: OwnProbabilityForm) -> HttpResponse:
    """What was typed stays, with the reason; a second try is made on the deal as it is now."""
    form.data = {**form.data.dict(), "version": str(deal.version)}  # type: ignore[attr-defined]
    context = deal_context(deal, user=request.user, own_form=form)
    if not request.htmx:
        return render(request, "pipeline/opportunity.html", context, status=422)
    answer = render(request, "pipeline/_own_probability.html", context, status=422)
    return reswap(retarget(answer, "#own-chance"), "outerHTML")


def _said(probability: float | None) -> str:
    if probability is None:
        return _("Your own chance is taken back.")
    return _("Your own chance is kept: %(chance)s.") % {"chance": percent(probability)}


def _undo_address(deal: Opportunity, before: float | None) -> str:
    values = {"percent": as_percent(before), "version": deal.version}
    return f"{reverse('pipeline:own_probability', args=[deal.pk])}?{urlencode(values)}"
