from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.access import managers_only
from accounts.models import User
from accounts.requests import PersonRequest
from core import clock
from core.pages import start_of
from crm import selectors


def today(request: PersonRequest) -> HttpResponse:
    """What do I do now? For a manager also: who is behind? For an empty house: where to begin?"""
    if selectors.is_empty_installation():
        return render(request, "crm/first_run.html")
    at = clock.now()
    context = {
        "agenda": selectors.agenda(request.user, at=at, most=_asked_for(request)),
        "at": at,
        "team": selectors.team_workload(request.user, at=at) if request.user.is_manager else None,
    }
    return render(request, "crm/today.html", context)


@managers_only
def agenda_of(request: PersonRequest, pk: int) -> HttpResponse:
    """What has one of my people still to do?"""
    people = User.objects.whose_records_are_visible_to(request.user)
    person, at = get_object_or_404(people, pk=pk), clock.now()
    agenda = selectors.agenda(person, at=at, most=_asked_for(request), seen_by=request.user)
    return render(request, "crm/agenda.html", {"agenda": agenda, "person": person, "at": at})


def _asked_for(request: PersonRequest) -> dict[str, int]:
    asked = {name: start_of(request, name) for name in ("overdue", "today", "soon")}
    return {name: n for name, n in asked.items() if n > selectors.AGENDA}
