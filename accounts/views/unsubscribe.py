from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.services.preferences import set_reminder_emails
from accounts.unsubscribing import person_of


@csrf_exempt  # The signed address is the right to this, and mail programs know no token.
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Turn reminders by email off, or on ``again``; only looking changes nothing, as programs
    that check links look too."""
    person = person_of(token)
    if person is None:
        raise Http404
    if request.method == "POST":
        set_reminder_emails(person, "again" in request.POST)
    return render(request, "accounts/unsubscribe.html", {"person": person})
