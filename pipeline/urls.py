"""Addresses of deals."""

from typing import Any

app_name = "pipeline"
urlpatterns: list[Any] = []
