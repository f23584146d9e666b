from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core import clock
from core.admin import CompanyAdmin, CompanyInline, ReadOnlyAdmin, site
from crm.models import Campaign, Ladder, LifecycleStage, Product, Purchase, Source
from crm.services.campaigns import update_campaign


class LifecycleStageInline(CompanyInline):
    model = LifecycleStage


@admin.register(Ladder, site=site)
class LadderAdmin(CompanyAdmin):
    list_display = ["name", "is_default"]
    inlines = [LifecycleStageInline]


@admin.register(Source, site=site)
class SourceAdmin(CompanyAdmin):
    list_display = ["name", "is_active"]


@admin.register(Campaign, site=site)
class CampaignAdmin(CompanyAdmin):
    """Its members are kept on its own page: there may be thousands."""

    list_display = ["name", "source", "status", "starts_on", "budget", "actual_cost", "currency"]
    list_filter = ["status", "source"]
    list_select_related = ["source"]
    search_fields = ["name"]
    date_hierarchy = "starts_on"
    exclude = ["created_at", "archived_at", "version"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            fields = {name: form.cleaned_data[name] for name in form.changed_data}
            user: Any = request.user
            update_campaign(Campaign.objects.get(pk=obj.pk), by=user, **fields)
        else:
            obj.created_at = clock.now()
            super().save_model(request, obj, form, change)


@admin.register(Purchase, site=site)
class PurchaseAdmin(ReadOnlyAdmin):
    """To look at: purchases are corrected over the API or by a better file."""

    list_display = ["at", "customer", "product", "units", "amount", "currency", "archived_at"]
    list_filter = ["currency", "product"]
    list_select_related = ["customer", "product"]
    search_fields = ["customer__name", "external_id"]
    date_hierarchy = "at"


@admin.register(Product, site=site)
class ProductAdmin(CompanyAdmin):
    list_display = ["name", "family", "price", "currency", "is_active"]
    list_filter = ["family", "is_active"]
    search_fields = ["name"]
