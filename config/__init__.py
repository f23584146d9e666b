"""Wiring only: settings, URLs, API router, Celery and WSGI entry points."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
