"""The administration site: what a company sets up once, for its admins."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.forms import BaseInlineFormSet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.models import AuditEntry, ExchangeRate, ImportBatch, Job, Mail
from core.services.mails import try_again
from core.services.records import Kept, check_deletion


class CompanyAdminSite(admin.AdminSite):
    """Open to the company's admins; they sign in where everybody does."""

    site_header = _("Set up the company")
    site_title = "Stepwise"
    index_title = _("Teams, stages, sources, products")

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.is_active and getattr(user, "is_admin", False))

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Whoever is signed in and may not enter finds nothing here."""
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.get_full_path())


site = CompanyAdminSite(name="admin")


class AdminsMay:
    """Whoever may enter the site may change what is in it."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return site.has_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return site.has_permission(request)


class CompanyAdmin(AdminsMay, admin.ModelAdmin):  # type: ignore[type-arg]
    """A model that a company's admins keep."""


if TYPE_CHECKING:
    InlineFormSet = BaseInlineFormSet[Any, Any, Any]
else:
    InlineFormSet = BaseInlineFormSet


class KeepingFormSet(InlineFormSet):
    """Rows of which some may be kept by a rule of the business; it says why, and deletes none."""

    def clean(self) -> None:
        super().clean()
        for form in self.deleted_forms:
            try:
                check_deletion(form.instance)
            except Kept as kept:
                raise ValidationError(f"{form.instance}: {kept.args[0]}") from kept
            except ProtectedError:
                continue  # The site itself names the rows that refer to this one.


class CompanyInline(AdminsMay, admin.TabularInline):  # type: ignore[type-arg]
    extra = 0
    formset = KeepingFormSet


class ReadOnlyAdmin(CompanyAdmin):
    """Records of what happened: to look at, never to change."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ExchangeRate, site=site)
class ExchangeRateAdmin(CompanyAdmin):
    list_display = ["base", "quote", "date", "rate"]
    list_filter = ["base", "quote"]
    date_hierarchy = "date"


@admin.register(AuditEntry, site=site)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor", "action", "object_type", "object_id"]
    list_filter = ["action", "object_type"]
    list_select_related = ["actor"]


@admin.register(Job, site=site)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "kind", "target", "state", "progress"]
    list_filter = ["kind", "state"]


@admin.register(ImportBatch, site=site)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "kind", "file_name", "state", "rows_read", "refused"]


class MailStateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("given_up", _("given up")), ("failing", _("failing")), ("waiting", _("waiting"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "given_up":
            return queryset.filter(given_up_at__isnull=False)
        if self.value() == "failing":
            return queryset.unsent().exclude(last_error="")
        return queryset.unsent() if self.value() == "waiting" else queryset


@admin.register(Mail, site=site)
class MailAdmin(ReadOnlyAdmin):
    """The outbox: what was sent, what waits, and why it could not be sent."""

    list_display = ["created_at", "to", "subject", "sent_at", "attempts", "given_up_at", "error"]
    list_filter = [MailStateFilter, "kind"]
    search_fields = ["to", "subject"]
    actions = ["send_again"]
    # Links that work without a sign-in are the reader's own.
    exclude = ["headers", "body", "message_id"]

    @admin.display(description=_("last error"))
    def error(self, mail: Mail) -> str:
        return mail.last_error[:120]

    @admin.action(description=_("Send what failed once more"))
    def send_again(self, request: HttpRequest, mails: Any) -> None:
        number = try_again(mails)
        text = ngettext("%(n)s mail is sent again.", "%(n)s mails are sent again.", number)
        self.message_user(request, text % {"n": number})
