"""WSGI entry point, served by gunicorn."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# The three hundred thousand objects of the code live as long as the process. Looking through them
# for garbage again and again held up one request in forty by a quarter of a second.
get_resolver().check()
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
