"""Giving what one person holds to others, and taking that back."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import managers_only
from core import toasts
from core.addresses import stay
from core.dialogs import render_dialog
from pipeline.hand_over_forms import HandOverForm
from pipeline.models import HandOver
from pipeline.services import hand_over as services
from pipeline.views.requests import PageRequest, add_errors, sentence_of


@managers_only
def hand_over(request: PageRequest) -> HttpResponse:
    """The dialog; ``giver`` in the address chooses whose, ``receivers`` who is ticked."""
    asked = request.GET.dict() | {"receivers": request.GET.getlist("receivers")}
    form = HandOverForm(request.POST or None, by=request.user, initial=asked)
    if request.method == "POST" and form.is_valid():
        try:
            done = services.hand_over(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            undo = reverse("pipeline:undo_hand_over", args=[done.pk])
            toasts.done(request, _sentence(done), undo=undo)
            return stay(request) if request.htmx else redirect("crm:customers")
    answer = render_dialog(
        request, "pipeline/_hand_over.html", {"form": form}, title=_("Hand over")
    )
    answer.status_code = 422 if form.is_bound else 200
    return answer


@require_POST
def undo(request: PageRequest, pk: int) -> HttpResponse:
    done = get_object_or_404(HandOver.objects.undoable_by(request.user), pk=pk)
    try:
        elsewhere = services.undo_hand_over(done, by=request.user)
    except ValidationError as error:
        toasts.refused(request, sentence_of(error))
        return stay(request)
    text = _("All is back with %(name)s.") % {"name": done.giver.name}
    if elsewhere:
        text = ngettext(
            "Back with %(name)s, but for %(n)s that somebody else has by now.",
            "Back with %(name)s, but for %(n)s that others have by now.",
            elsewhere,
        ) % {"name": done.giver.name, "n": elsewhere}
    toasts.done(request, text)
    return stay(request)


def _sentence(done: HandOver) -> str:
    values = {
        "name": done.giver.name,
        "customers": done.count("customers"),
        "deals": done.count("deals"),
    }
    return _("Handed over from %(name)s: %(customers)s customers, %(deals)s deals.") % values
