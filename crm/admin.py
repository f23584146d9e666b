from django.contrib import admin

from core.admin import CompanyAdmin, CompanyInline, site
from crm.models import Ladder, LifecycleStage, Product, Source


class LifecycleStageInline(CompanyInline):
    model = LifecycleStage


@admin.register(Ladder, site=site)
class LadderAdmin(CompanyAdmin):
    list_display = ["name", "is_default"]
    inlines = [LifecycleStageInline]


@admin.register(Source, site=site)
class SourceAdmin(CompanyAdmin):
    list_display = ["name", "is_active"]


@admin.register(Product, site=site)
class ProductAdmin(CompanyAdmin):
    list_display = ["name", "family", "price", "currency", "is_active"]
    list_filter = ["family", "is_active"]
    search_fields = ["name"]
