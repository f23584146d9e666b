from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core import toasts

GetResponse = Callable[[HttpRequest], HttpResponse]

# Pages that make sense before anybody is known.
OPEN_PREFIXES = (
    *("/accounts/", "/invitations/", "/unsubscribe/", "/language/"),
    *("/api/", "/calendar/", "/health/", "/static/", "/notices/unread/"),
)


class PreferencesMiddleware:
    """A person's own language and time zone; the browser's language before sign-in."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        zone = getattr(user, "time_zone", "") or settings.COMPANY_TIME_ZONE
        language = getattr(user, "language", "")
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = language
        with timezone.override(ZoneInfo(zone)):
            return self.get_response(request)


class SignInRequiredMiddleware:
    """Every page needs a signed-in person unless its address is listed as open."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated or request.path.startswith(OPEN_PREFIXES):
            return self.get_response(request)
        if request.method == "POST":
            text = _("You had been signed out, so this was not done. What you typed is kept.")
            toasts.refused(request, text)
        exchange = getattr(request, "htmx", None)
        if not exchange:
            return redirect_to_login(request.get_full_path())
        # Of what htmx asks for only a dialog is a page as well, and what is sent from one; else one
        # comes back to the page.
        is_asked = request.method == "GET" or "X-In-Dialog" in request.headers
        is_dialog = exchange.target == "dialog-body" and is_asked
        address = request.get_full_path() if is_dialog else exchange.current_url_abs_path or "/"
        # htmx would swap the sign-in page into a fragment's place.
        return HttpResponse(status=204, headers={"HX-Redirect": redirect_to_login(address).url})
