"""Files on the pages of customers and deals."""

from typing import Any, cast

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core import toasts
from core.once import key_of
from crm.file_kinds import TYPES
from crm.models import Customer, File
from crm.services.files import archive_file, restore_file
from pipeline.downloads import answer_with, show
from pipeline.files import Subject, attach_once, files_of, subject_of, visible_files
from pipeline.models import Opportunity
from pipeline.views.requests import PageRequest

NOUNS: dict[str, Any] = {"customers": Customer, "deals": Opportunity}


def file_card(request: HttpRequest, **subject: Subject) -> dict[str, Any]:
    """What the card of a customer's or deal's files shows."""
    return card_context(next(iter(subject.values())))


def card_context(subject: Subject, errors: list[str] | None = None) -> dict[str, Any]:
    noun = "deals" if isinstance(subject, Opportunity) else "customers"
    rows = list(files_of(subject))
    return {
        "files": [row for row in rows if row.archived_at is None],
        "put_away": [row for row in rows if row.archived_at is not None],
        "upload_url": reverse("pipeline:upload", args=[noun, subject.pk]),
        "accepted": ",".join(f".{each}" for each in TYPES),
        "errors": errors,
        "is_archived": subject.archived_at is not None,
    }


@require_POST
def upload(request: PageRequest, noun: str, pk: int) -> HttpResponse:
    """Keep one or more files; those that are refused are named, the others are kept."""
    subject = _subject(request, noun, pk)
    errors: list[str] = []
    kept, key = [], key_of(request)
    for each in request.FILES.getlist("file"):
        try:
            kept.append(attach_once(subject, each, by=request.user, key=key))
        except ValidationError as error:
            errors += error.messages
    if not kept and not errors:
        errors = [_("Choose a file first.")]
    if kept:
        text = ngettext("%(n)s file is kept.", "%(n)s files are kept.", len(kept))
        toasts.done(request, text % {"n": len(kept)}, undo=_undo(kept))
    if not request.htmx:
        for sentence in errors:
            toasts.refused(request, sentence)
        return redirect(_page_of(subject))
    context = card_context(subject, errors)
    return render(request, "pipeline/_files.html", context, status=422 if errors else 200)


@require_GET
def download(request: PageRequest, pk: int) -> FileResponse:
    """The content, to be saved and never to be shown as a page of ours."""
    return answer_with(_visible(request, pk), as_attachment=True)


@require_GET
def preview(request: PageRequest, pk: int) -> FileResponse:
    """A picture or a PDF to be looked at, under a policy that lets nothing of it run."""
    file = _visible(request, pk)
    if not file.has_preview:
        raise Http404
    return show(file)


@require_POST
def archive(request: PageRequest, keys: str) -> HttpResponse:
    """Put files away; the address names one, or several with commas between."""
    files = _named(request, keys)
    for file in files:
        archive_file(file, by=request.user)
    text = _("%(n)s files are archived.") if files[1:] else _("%(name)s is archived.")
    undo = reverse("pipeline:restore_file", args=[keys])
    toasts.done(request, text % {"name": files[0].name, "n": len(files)}, undo=undo)
    return _card(request, subject_of(files[0]))


@require_POST
def restore(request: PageRequest, keys: str) -> HttpResponse:
    """Take files back, likewise."""
    files = _named(request, keys)
    for file in files:
        restore_file(file, by=request.user)
    text = _("%(n)s files are back.") if files[1:] else _("%(name)s is back.")
    toasts.done(request, text % {"name": files[0].name, "n": len(files)})
    return _card(request, subject_of(files[0]))


def _undo(kept: list[File]) -> str:
    return reverse("pipeline:archive_file", args=[",".join(str(file.pk) for file in kept)])


def _card(request: PageRequest, subject: Subject) -> HttpResponse:
    if not request.htmx:
        return redirect(_page_of(subject))
    return render(request, "pipeline/_files.html", card_context(subject) | {"oob": True})


def _page_of(subject: Subject) -> str:
    name = "pipeline:opportunity" if isinstance(subject, Opportunity) else "crm:customer"
    return reverse(name, args=[subject.pk])


def _subject(request: PageRequest, noun: str, pk: int) -> Subject:
    if noun not in NOUNS:
        raise Http404
    rows = NOUNS[noun].objects.visible_to(request.user).current()
    return cast(Subject, get_object_or_404(rows, pk=pk))


def _visible(request: PageRequest, pk: int) -> File:
    return get_object_or_404(visible_files(request.user), pk=pk)


def _named(request: PageRequest, keys: str) -> list[File]:
    named = [int(key) for key in keys.split(",") if key.isdecimal() and len(key) < 18]
    files = list(visible_files(request.user).filter(pk__in=named))
    if not files:
        raise Http404
    return files
