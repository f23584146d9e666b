from django.http import HttpResponse
from django.shortcuts import render

from accounts.requests import PersonRequest
from core import clock
from crm import selectors


def today(request: PersonRequest) -> HttpResponse:
    """What do I do now? For a manager also: who is behind? For an empty house: where to begin?"""
    if selectors.is_empty_installation():
        return render(request, "crm/first_run.html")
    at = clock.now()
    context = {
        "agenda": selectors.agenda(request.user, at=at),
        "at": at,
        "team": selectors.team_workload(request.user, at=at) if request.user.is_manager else None,
    }
    return render(request, "crm/today.html", context)
