"""Every address of the product."""

from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView
from health_check.views import HealthCheckView

from core.admin import site

urlpatterns = [
    path("", include("core.urls")),
    path("", include("accounts.urls")),
    path("", include("crm.urls")),
    path("", include("pipeline.urls")),
    path("", include("planning.urls")),
    path("api/v1/", include("config.api")),
    path("accounts/", include("allauth.account.urls")),
    path(
        "health/",
        HealthCheckView.as_view(
            checks=["health_check.checks.Database", "health_check.checks.Cache"]
        ),
    ),
    path("django-admin/", site.urls),
    path("favicon.ico", RedirectView.as_view(url=static("img/logo.svg"))),
]
