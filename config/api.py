"""The API, its schema and its documentation."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

import accounts.api.openapi  # noqa: F401  (names the ways to sign in)
from accounts.api.urls import register as register_accounts
from core.api.urls import register as register_core
from core.api.viewsets import NoSuchAddress
from crm.api.urls import register as register_crm
from pipeline.api.urls import register as register_pipeline
from planning.api.urls import register as register_planning

router = SimpleRouter(use_regex_path=False)
for register in (
    register_crm,
    register_pipeline,
    register_planning,
    register_accounts,
    register_core,
):
    register(router)

# The documentation's own script and style come from files, but it lays itself out by style tags.
allow_inline_style = csp_update({"style-src": [SELF, UNSAFE_INLINE]})

urlpatterns = [
    # schema and documentation, public
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs/",
        allow_inline_style(SpectacularSwaggerSplitView.as_view(url_name="schema")),
        name="api-docs",
    ),
    # nouns
    path("", include("planning.api.urls")),
    path("", include("pipeline.api.urls")),
    path("", include(router.urls)),
    re_path(r"", NoSuchAddress.as_view()),
]
