from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from core.models import Job


def job(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a job is, asked for every second until it is finished."""
    found = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    response = render(request, "core/_job.html", {"job": found})
    if found.is_finished:
        # What waits for the job loads itself anew.
        response["HX-Trigger-After-Swap"] = "jobFinished"
    return response
