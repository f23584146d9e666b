"""What this app shows on pages of the frame."""

from core import fragments


def register() -> None:
    fragments.register("search.nothing", "crm/_search_create.html", lambda request, text: {})
    fragments.register("quick.add", "crm/_quick_add.html", lambda request: {})
