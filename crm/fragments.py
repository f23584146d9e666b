"""What this app shows on pages of the frame."""

from typing import Any

from core import fragments
from core.models import Notice
from crm.reminder_words import CODE
from crm.services.snooze import Snooze


def register() -> None:
    fragments.register("search.nothing", "crm/_search_create.html", lambda request, text: {})
    fragments.register("quick.add", "crm/_quick_add.html", lambda request: {})
    fragments.register("notice.acts", "crm/_notice_snooze.html", _snooze)


def _snooze(request: Any, notice: Notice, **kwargs: Any) -> dict[str, Any] | None:
    """Of a reminder that is not dealt with yet."""
    if notice.code != CODE or notice.read_at is not None:
        return None
    return {"activity": notice.params["activity"], "snoozes": Snooze.choices}
