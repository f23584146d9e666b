"""Every address of the product."""

from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from core.admin import site

urlpatterns = [
    path("", include("core.urls")),
    path("", include("accounts.urls")),
    path("", include("crm.urls")),
    path("", include("pipeline.urls")),
    path("", include("planning.urls")),
    path("api/v1/", include("config.api")),
    path("accounts/", include("allauth.account.urls")),
    path("django-admin/", site.urls),
    path("favicon.ico", RedirectView.as_view(url=static("img/logo.svg"))),
]
