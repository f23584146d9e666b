"""Addresses of plans."""

from typing import Any

app_name = "planning"
urlpatterns: list[Any] = []
