"""What is asked before a move is withdrawn that was not made just now."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from core import clock
from core.templatetags.figures import day

ASKED_AFTER = timedelta(days=1)


def question_before_undo(move: str, at: datetime) -> str:
    """Which move of which date is withdrawn; empty for one that is no older than a day."""
    if clock.now() - at <= ASKED_AFTER:
        return ""
    return _("Withdraw the move “%(move)s” of %(date)s?") % {"move": move, "date": day(at)}
