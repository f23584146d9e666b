"""The deals, or customers, behind a number of the funnel."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Team, User
from core.money import MissingExchangeRate
from core.templatetags.figures import day, number
from core.vocabulary import label as shipped
from crm.models import Product, Source
from pipeline.asking import NONE, StayForm
from pipeline.behind import count_visible
from pipeline.candidates import counted
from pipeline.questions import Question
from pipeline.segment_documents import NOTHING, band_words
from pipeline.segmenting import FIELDS, field_label
from pipeline.stay_rows import BadCursor, StayPage, key_of, stay_page
from pipeline.views.counted import Looked, look, nothing_counted
from pipeline.views.requests import PageRequest

PAGE = 50
MOST_COUNTED = 2_000
"""Where it is not known how many there are in all, more than this are not counted."""

PARTIES: dict[str, Any] = {"owner": User, "team": Team, "source": Source, "product": Product}


def behind(request: PageRequest) -> HttpResponse:
    """Every stay that a number counts, as far as the reader may see whose it is."""
    looked = look(request)
    if looked is None or looked.readings is None:
        return nothing_counted(request, looked, _("Funnel"))
    readings = looked.readings
    form = StayForm(request.GET.dict(), pipeline=looked.pipeline, as_of=readings.as_of)
    if not form.is_valid():
        raise Http404
    question, user = form.question(), request.user
    try:
        page = stay_page(question, user, size=PAGE, after=key_of(request.GET.get("cursor", "")))
    except BadCursor as error:
        raise Http404 from error
    except MissingExchangeRate as error:
        return nothing_counted(request, looked, str(error))
    is_first = "cursor" not in request.GET
    context = looked.context | {
        "question": question,
        "title": title_of(question),
        "page": page,
        "is_first": is_first,
        "seen": _seen(question, looked, user, page if is_first and not page.cursor else None),
        "narrowed": [
            {"text": text, "without": _without(request, name)}
            for name, text in _narrowed(form, looked)
        ],
        "by_segment": any(form.cleaned_data.get(name) for name in FIELDS),
        "api": f"/api/v1/pipelines/{looked.pipeline.pk}/stays/?{_api_query(request)}",
    }
    return render(request, "pipeline/behind.html", context)


def title_of(question: Question) -> str:
    if question.stage is None:
        return _("Won")
    titles = {
        None: _("Entered %(stage)s"),
        "advanced": _("Moved on from %(stage)s"),
        "moved_back": _("Moved back from %(stage)s"),
        "lost": _("Lost from %(stage)s"),
        "open": _("Open in %(stage)s"),
        "won": _("Won from %(stage)s"),
    }
    if question.is_about_customers:
        titles["won"] = _("First deal from %(stage)s")
    return titles[question.outcome] % {"stage": shipped(question.stage.name)}


def _seen(question: Question, looked: Looked, user: User, whole: StayPage | None) -> str:
    """How many of all the reader sees; ``whole`` where one page holds them."""
    assert looked.readings is not None
    every = counted(question, looked.readings)
    if user.is_admin and every is not None:
        return _all(every)
    most = MOST_COUNTED if every is None else every
    mine = len(whole.rows) if whole else count_visible(question, user, most=most)
    if user.is_admin:
        return _all(mine)
    if mine is None:
        return _("You see those of the people whose records you may see.")
    if every is None:
        text = ngettext("%(n)s is yours to see.", "%(n)s are yours to see.", mine)
        return text % {"n": number(mine)}
    if mine == every:
        return _all(every)
    text = ngettext("%(n)s of %(all)s is yours to see.", "%(n)s of %(all)s are yours to see.", mine)
    return text % {"n": number(mine), "all": number(every)}


def _all(every: int | None) -> str:
    if every is None:
        return ""
    text = ngettext("%(n)s, all that was counted.", "%(n)s, all that were counted.", every)
    return text % {"n": number(every)}


def _narrowed(form: StayForm, looked: Looked) -> Iterator[tuple[str, str]]:
    """What else is asked for: its name in the address, and what to call it."""
    asked = form.cleaned_data
    if asked["to"]:
        stages = {stage.pk: stage for stage in looked.pipeline.stages.all()}
        to = stages.get(asked["to"])
        yield "to", _("to %(stage)s") % {"stage": to or asked["to"]}
    if asked["entered_from"]:
        yield "entered_from", _("from %(day)s") % {"day": day(asked["entered_from"])}
    if asked["entered_before"]:
        yield "entered_before", _("before %(day)s") % {"day": day(asked["entered_before"])}
    for name in FIELDS:
        if asked.get(name):
            yield name, _segment(name, form.data[name], looked)
    if asked["one_in"]:
        text = _("one deal in %(n)s, as looked at for the rates by segment")
        yield "one_in", text % {"n": number(asked["one_in"])}


def _segment(field: str, value: str, looked: Looked) -> str:
    if value == NONE:
        return str(NOTHING[field])
    if field == "region":
        return value
    if field == "amount_band":
        return band_words(value, looked.pipeline.currency)
    found = PARTIES[field].objects.filter(pk=value).first()
    return str(found) if found else f"{field_label(field)} {value}"


def _without(request: PageRequest, name: str) -> str:
    """The address that does not ask for ``name``."""
    kept = request.GET.copy()
    for key in (name, "cursor"):
        kept.pop(key, None)
    return f"?{kept.urlencode()}"


def _api_query(request: PageRequest) -> str:
    """What is asked for, without a page: as CSV that is every row."""
    return urlencode([(k, v) for k, v in request.GET.items() if k in StayForm.base_fields])
