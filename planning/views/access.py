"""Who may plan."""

from django.http import Http404

from accounts.models import User
from pipeline.views.requests import PageRequest


def planner(request: PageRequest) -> User:
    """The person, who must be allowed to plan; to others the page does not exist."""
    if not request.user.is_manager:
        raise Http404
    return request.user
