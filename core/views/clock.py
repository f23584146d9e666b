from calendar import monthrange
from datetime import datetime, timedelta

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import clock, toasts
from core.addresses import here
from core.templatetags.figures import day

STEPS = {"day": 1, "week": 7}


class StepForm(forms.Form):
    by = forms.ChoiceField(choices=[(each, each) for each in ("day", "week", "month")])


@require_POST
def step_clock(request: HttpRequest) -> HttpResponse:
    """Move the demo company's calendar forward."""
    if not getattr(request.user, "is_manager", False):
        raise Http404
    form = StepForm(request.POST)
    if not form.is_valid():
        toasts.refused(request, _("Step by a day, a week or a month."))
        return redirect("/")
    try:
        at = _step(form.cleaned_data["by"])
    except (ValueError, OverflowError):
        toasts.refused(request, _("This company's calendar is the real one; it cannot be stepped."))
    else:
        toasts.done(request, _("It is now %(date)s.") % {"date": day(at)})
    return redirect(here(request))


def _step(by: str) -> datetime:
    here = clock.now().astimezone(clock.company_zone())
    days = monthrange(here.year, here.month)[1] if by == "month" else STEPS[by]
    return clock.step(timedelta(days=days))
