from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class PersonRequest(HttpRequest):
    """A request behind the sign-in: views of pages never meet an anonymous user."""

    user: User
    htmx: HtmxDetails
