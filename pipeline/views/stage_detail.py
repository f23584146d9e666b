"""One stage of the funnel looked at closely: how long, where to, and what sits there."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.templatetags.figures import number
from crm.models import Customer, LadderPosition
from pipeline.drift_words import drift_sentence
from pipeline.dwelling import dwell_document
from pipeline.models import Opportunity
from pipeline.readings import FunnelPart
from pipeline.views.counted import look, named_stage, nothing_counted
from pipeline.views.requests import PageRequest

LONGEST = 10


def stage_detail(request: PageRequest) -> HttpResponse:
    """Dwell by destination, shares with bands, drift in words, and the longest open stays."""
    looked = look(request)
    if looked is None or looked.readings is None or looked.estimate is None:
        return nothing_counted(request, looked, _("Stage"))
    part, place = named_stage(request, looked.readings)
    document = dwell_document(part, place, looked.estimate)
    stage = looked.published(part, place)
    asked = {"kind": part.kind, "stage": part.rows[place].pk}
    context = looked.context | {
        "row": part.rows[place],
        "kind": part.kind,
        "key": f"{part.kind}-{part.rows[place].pk}",
        "choices": looked.choices,
        "stage": stage,
        "dwell": document,
        "sentences": sentences(document, stage),
        "chart": dwell_chart(document),
        "api": f"/api/v1/pipelines/{looked.pipeline.pk}/dwell/?{urlencode(asked)}",
        "longest": longest_open(part, place, request.user),
    }
    return render(request, "pipeline/stage_detail.html", context)


def sentences(document: dict[str, Any], stage: dict[str, Any] | None) -> list[str]:
    """What to read first: how many move on, how long it takes, and what has changed."""
    if not document["destinations"]:
        return [_("Nothing has left this stage yet, so there is nothing to say of it.")]
    shift = drift_sentence(stage and stage["drift"])
    said = [_of_hundred(document, stage), _how_long(document), shift, _level(document)]
    return [sentence for sentence in said if sentence]


def _of_hundred(document: dict[str, Any], stage: dict[str, Any] | None) -> str:
    rate = stage and stage["promotion"]
    if not rate or rate["rate"] is None:
        return ""
    text = _(
        "Of 100 that enter %(stage)s, %(rate)s move on (%(low)s–%(high)s, n %(n)s), "
        "%(lost)s are lost, %(back)s move back, and %(unresolved)s are still undecided."
    )
    return text % {
        "stage": document["name"],
        "rate": number(100 * rate["rate"]),
        "low": number(100 * rate["low80"]),
        "high": number(100 * rate["high80"]),
        "n": number(rate["n_eff"]),
        "lost": number(100 * document["lost"][-1]),
        "back": number(100 * document["moved_back"][-1]),
        "unresolved": number(100 * (document["unresolved"] or 0.0), 1),
    }


def _how_long(document: dict[str, Any]) -> str:
    days = document["days_of_leavers"]
    if days["median"] is None:
        return ""
    text = _("Half of those that leave have left by day %(half)s, nine of ten by day %(most)s.")
    return text % {"half": number(days["median"]), "most": number(days["p90"])}


def _level(document: dict[str, Any]) -> str:
    days = document["half_life_days"]
    if days is None:
        return _("All history counts alike: the backtest found no gain in weighing it by age.")
    text = _("What happened %(days)s days ago counts half: that half-life predicted best.")
    return text % {"days": number(days)}


def dwell_chart(document: dict[str, Any]) -> dict[str, Any]:
    """What the picture is drawn from; empty where nobody left."""
    names = ("advanced", "moved_back", "lost", "still")
    some = bool(document["destinations"])
    return {
        "labels": document["edges"] if some else [],
        **{name: document[name] for name in names},
        "words": {
            "advanced": _("moved on"),
            "moved_back": _("moved back"),
            "lost": _("lost"),
            "still": _("still there"),
            "day": _("day"),
        },
    }


def longest_open(part: FunnelPart, place: int, user: User) -> list[dict[str, Any]]:
    """The open deals, or customers, that the reader may see and that are there for longest."""
    row, now = part.rows[place], clock.now()
    if part.kind == "customer":
        found = LadderPosition.objects.filter(stage=row, customer__archived_at=None)
        visible = found.filter(customer__in=_visible_customers(user)).order_by("since", "pk")
        positions = visible.select_related("customer", "customer__owner")[:LONGEST]
        return [
            {
                "customer": each.customer,
                "owner": each.customer.owner,
                "days": (now - each.since).days,
            }
            for each in positions
        ]
    deals = Opportunity.objects.visible_to(user).current().filter(stage=row)
    deals = deals.order_by(F("stage_entered_at").asc(nulls_last=True), "pk")
    rows = deals.select_related("customer", "owner")[:LONGEST]
    return [
        {
            "deal": deal,
            "customer": deal.customer,
            "owner": deal.owner,
            "days": deal.days_in_stage(at=now),
        }
        for deal in rows
    ]


def _visible_customers(user: User) -> Any:
    return Customer.objects.visible_to(user).values("pk")
