"""Leads from a file: looked at in a dialog, then made by a worker, and taken back by Undo."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import retarget

from accounts.access import managers_only
from accounts.requests import PersonRequest
from core import toasts
from core.dialogs import render_dialog
from core.models import DirtyFlag
from core.once import key_of
from core.services.once import digest_of, made_before, made_once
from crm.lead_columns import LABELS
from crm.lead_file_forms import ColumnsForm, LeadFileForm
from crm.lead_rows import PlannedRow, plan_rows, with_likenesses
from crm.lead_tables import MOST_BYTES, LeadFileRefused, LeadTable, read_table
from crm.models import LeadImport
from crm.services.lead_imports import flag_name, request_take_back, start_import

FIRST_ROWS = 8
MOST_LEFT_OUT = 200
RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Preview:
    """What a file would become, all of its ``rows``, and the ``first`` of them at a closer look."""

    table: LeadTable
    columns: ColumnsForm
    rows: list[PlannedRow]
    first: list[PlannedRow]

    @property
    def wanted(self) -> int:
        return sum(row.is_wanted for row in self.rows)

    @property
    def wrong(self) -> int:
        return sum(bool(row.errors) for row in self.rows)

    @property
    def here(self) -> int:
        return len(self.rows) - self.wanted - self.wrong

    @property
    def left_out(self) -> list[PlannedRow]:
        """The rows to be mended or decided on, also those that somebody takes in all the same."""
        return [row for row in self.rows if row.errors or row.left_out]

    @property
    def labels(self) -> list[Any]:
        """The fields that the file has."""
        return [LABELS[name] for name in self._names]

    @property
    def first_rows(self) -> list[tuple[PlannedRow, list[str]]]:
        return self._with_cells(self.first)

    @property
    def left_out_rows(self) -> list[tuple[PlannedRow, list[str]]]:
        return self._with_cells(self.left_out[:MOST_LEFT_OUT])

    @property
    def more_left_out(self) -> int:
        return max(len(self.left_out) - MOST_LEFT_OUT, 0)

    @property
    def _names(self) -> list[str]:
        columns = self.columns.columns()
        return [name for name in LABELS if name in columns]

    def _with_cells(self, rows: list[PlannedRow]) -> list[tuple[PlannedRow, list[str]]]:
        names = self._names
        return [(row, [row.values.get(name, "") for name in names]) for row in rows]


@managers_only
def import_leads(request: PersonRequest) -> HttpResponse:
    form = LeadFileForm(request.POST or None, request.FILES or None)
    # By now the worker may have made its leads, of which the preview would find nothing new.
    if before := made_before(LeadImport, by=request.user, key=_key_of(request)):
        return _run(request, before)
    preview = _preview(request, form) if form.is_bound else None
    if preview and preview.wanted and request.POST.get("do") == "import":
        return _start(request, form, preview)
    context = {"form": form, "preview": preview, "recent": _recent(request)}
    if request.htmx and form.is_bound:
        return render(request, "crm/_lead_import_preview.html", context)
    return render_dialog(request, "crm/_lead_import.html", context, title=_("Import leads"))


@managers_only
def lead_import(request: PersonRequest, pk: int) -> HttpResponse:
    """How far an import is, and what became of it."""
    found = _visible(request, pk)
    if request.htmx.target == "lead-import":
        return render(request, "crm/_lead_import_state.html", _state(found))
    return _run_dialog(request, found)


@managers_only
@require_POST
def take_back_lead_import(request: PersonRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    try:
        request_take_back(found, by=request.user)
    except ValidationError as error:
        toasts.refused(request, " ".join(error.messages))
    if not request.htmx:
        return redirect("crm:lead_import", pk)
    return _run_dialog(request, _visible(request, pk))


def _preview(request: PersonRequest, form: LeadFileForm) -> Preview | None:
    """None where the file cannot be read; the form then says why."""
    if not form.is_valid():
        return None
    data = form.cleaned_data
    fallback = "gb18030" if (get_language() or "").startswith("zh") else "cp1252"
    try:
        content = data["file"].read(MOST_BYTES + 1)
        table = read_table(content, encoding=data["encoding"], fallback=fallback)
    except LeadFileRefused as refused:
        form.add_error("file", str(refused))
        return None
    columns = ColumnsForm(request.POST.dict(), table=table)
    source = data["source"].name if data["source"] else ""
    rows = plan_rows(table, columns.columns(), user=request.user, source=source, also=data["also"])
    return Preview(table, columns, rows, with_likenesses(rows[:FIRST_ROWS], request.user))


def _start(request: PersonRequest, form: LeadFileForm, preview: Preview) -> HttpResponse:
    columns = preview.columns
    start = partial(
        start_import,
        preview.rows,
        by=request.user,
        file_name=form.cleaned_data["file"].name,
        signature=columns.signature,
        columns=columns.columns(),
    )
    found = made_once(LeadImport, start, by=request.user, key=_key_of(request))
    return _run(request, found)


def _key_of(request: PersonRequest) -> str:
    """Under which a file is imported once; empty where it is only looked at."""
    key, file = key_of(request), request.FILES.get("file")
    is_meant = key and file and request.POST.get("do") == "import"
    return f"{key}:{digest_of(file)}" if is_meant else ""


def _run(request: PersonRequest, found: LeadImport) -> HttpResponse:
    if not request.htmx:
        return redirect("crm:lead_import", found.pk)
    return retarget(_run_dialog(request, found), "#dialog-body")


def _run_dialog(request: PersonRequest, found: LeadImport) -> HttpResponse:
    return render_dialog(
        request, "crm/_lead_import_run.html", _state(found), title=found.batch.file_name
    )


def _state(found: LeadImport) -> dict[str, Any]:
    """``phase`` is ``making``, ``made``, ``taking_back`` or ``taken_back``."""
    flag = DirtyFlag.objects.filter(name=flag_name(found)).first()
    is_over = found.batch.state == found.batch.State.VOIDED
    if found.taken_back_at:
        phase = "taken_back" if is_over else "taking_back"
    else:
        phase = "made" if found.batch.state == found.batch.State.DONE else "making"
    total = len(found.rows) if phase == "making" else found.batch.created
    return {
        "found": found,
        "batch": found.batch,
        "phase": phase,
        "is_failing": flag is not None and flag.is_failing,
        "total": total,
        "share": found.done / total if total else 0,
        "archived": found.batch.created - found.kept,
    }


def _recent(request: PersonRequest) -> list[dict[str, Any]]:
    """The last imports, so that one can still be taken back when its message is long gone."""
    rows = LeadImport.objects.visible_to(request.user).select_related("batch__requested_by")
    young = rows.filter(batch__created_at__gte=timezone.now() - RECENT)
    return [_state(found) for found in young.defer("rows", "left_out").order_by("-pk")[:5]]


def _visible(request: PersonRequest, pk: int) -> LeadImport:
    rows = LeadImport.objects.visible_to(request.user).select_related("batch__requested_by")
    return get_object_or_404(rows, pk=pk)
