"""What somebody else changed of an activity while its form was open, in words for people."""

from dataclasses import replace
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.conflicts import OtherChange, merge_stale
from core.services.versions import StaleVersion
from core.templatetags.figures import moment
from crm.edit_activity_form import EditActivityForm
from crm.models import Activity
from crm.services.activities import REPORT


def merge_others(
    form: EditActivityForm, activity: Activity, seen_version: int, stale: StaleVersion
) -> list[OtherChange]:
    """Bring the form up to date; the bare sentence where what changed does not stand in it."""
    others = merge_stale(form, activity, seen_version, actions=("update", REPORT))
    if not others:
        form.add_error(None, str(stale))
    return [
        replace(
            each, before=_readable(each.field, each.before), after=_readable(each.field, each.after)
        )
        for each in others
    ]


def _readable(field: str, recorded: Any) -> Any:
    if field in ("due_at", "done_at") and recorded:
        return moment(parse_datetime(recorded))
    if field == "kind":
        return Activity.Kind(recorded).label
    if field == "all_day":
        return _("yes") if recorded else _("no")
    return recorded
