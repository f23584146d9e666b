"""What this app shows on pages of the frame."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core import fragments, navigation, sentences
from core.models import Notice
from crm.lead_reads import waiting_number
from crm.reminder_words import CODE
from crm.response_words import figures_of_today
from crm.services.snooze import Snooze


def register() -> None:
    fragments.register("search.nothing", "crm/_search_create.html", lambda request, text: {})
    fragments.register("quick.add", "crm/_quick_add.html", lambda request: {})
    fragments.register("today.side", "crm/_response_card.html", _responses, order=5)
    navigation.register_count("crm:inbox", waiting_number)
    sentences.register(
        "lead_assigned", _("%(customer)s is a new lead of yours. Answer it in time.")
    )
    sentences.register(
        "customer_given",
        _("%(customer)s is yours now, with what was open and planned by whoever had it."),
    )
    sentences.register("leads_of_nobody", _("New leads came that nobody has. Assign them in time."))

    fragments.register("notice.acts", "crm/_notice_snooze.html", _snooze)


def _responses(request: Any) -> dict[str, Any] | None:
    """How fast leads are answered; nothing where none ever came."""
    return figures_of_today(request.user)


def _snooze(request: Any, notice: Notice, **kwargs: Any) -> dict[str, Any] | None:
    """Of a reminder that is not dealt with yet."""
    if notice.code != CODE or notice.read_at is not None:
        return None
    return {"activity": notice.params["activity"], "snoozes": Snooze.choices}
