"""Addresses of the frame."""

from django.urls import path

from core.views import notices
from core.views.clock import step_clock
from core.views.jobs import job
from core.views.preferences import set_language, set_theme
from core.views.search import search_box

app_name = "core"
urlpatterns = [
    path("search/", search_box, name="search"),
    path("jobs/<int:pk>/", job, name="job"),
    # notices
    path("notices/", notices.notices, name="notices"),
    path("notices/unread/", notices.unread, name="unread_notices"),
    path("notices/read/", notices.read_every, name="read_notices"),
    path("notices/<int:pk>/", notices.open_notice, name="notice"),
    path("notices/<int:pk>/read/", notices.read, name="read_notice"),
    path("language/", set_language, name="language"),
    path("theme/", set_theme, name="theme"),
    path("clock/step/", step_clock, name="step_clock"),
]
