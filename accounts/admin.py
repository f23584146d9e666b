from django.contrib import admin

from accounts.models import Team
from core.admin import CompanyAdmin, site


@admin.register(Team, site=site)
class TeamAdmin(CompanyAdmin):
    list_display = ["name", "parent", "shares_records"]
    search_fields = ["name"]
