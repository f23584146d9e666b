from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import admins_only
from accounts.forms import ApiKeyForm
from accounts.models import ApiKey
from accounts.requests import PersonRequest
from accounts.services.api_keys import create_api_key, revoke_api_key
from core import toasts
from core.dialogs import render_dialog
from core.once import once
from core.services import audit


@admins_only
@once
def new_api_key(request: PersonRequest) -> HttpResponse:
    form = ApiKeyForm(request.POST or None, initial={"user": request.user})
    if request.method == "POST" and form.is_valid():
        row, key = create_api_key(**form.cleaned_data)
        audit.record("create", row, by=request.user, changes={"scopes": [None, str(row.scopes)]})
        # Shown once, on the next page, and kept nowhere else.
        request.session["new_api_key"] = key
        return redirect("accounts:people")
    return render_dialog(request, "accounts/_api_key.html", {"form": form}, title=_("New API key"))


@admins_only
@require_POST
def revoke(request: PersonRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(ApiKey.objects.filter(revoked_at__isnull=True), pk=pk)
    revoke_api_key(row)
    audit.record("revoke", row, by=request.user)
    toasts.done(request, _("The key %(key)s no longer works.") % {"key": row.prefix + "…"})
    return redirect("accounts:people")
