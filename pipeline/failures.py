"""Rates that cannot be computed anew: what pages say of it, and who is told."""

from typing import Any

from django.db.models import Q
from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from core.models import DirtyFlag
from core.sentences import KnownError, sentence
from core.services.notices import notify
from core.signals import computation_failed
from pipeline.models import Pipeline
from pipeline.services.requests import KIND, flag_name


def failure_of(pipeline: Pipeline) -> str:
    """Why newer rates could not be computed, as a sentence; empty where nothing is wrong."""
    return reason_of(flag_name(pipeline.pk))


def reason_of(flag_name: str) -> str:
    """Why what the flag asks for could not be computed; empty where nothing is wrong."""
    flag = DirtyFlag.objects.filter(name=flag_name).first()
    if flag is None or not flag.is_failing:
        return ""
    if flag.last_reason is None:
        return _("An error of the program, which the log of the server names.")
    return sentence(flag.last_reason["code"], flag.last_reason["params"])


@receiver(computation_failed)
def tell_admins(flag: DirtyFlag, error: KnownError, **kwargs: Any) -> None:
    """Who may mend it hears of it once, and not again with every attempt."""
    if flag.kind != KIND:
        return
    url = f"{reverse('pipeline:funnel')}?pipeline={flag.name.partition(':')[2]}"
    admins = User.objects.active().filter(Q(role=Role.ADMIN) | Q(is_superuser=True))
    for admin in admins:
        notify(admin, error.code, url=url, **error.params)
