"""The Celery application; tasks live in each app's ``tasks.py``."""

import os
import signal
import threading
import time

from billiard import active_children
from celery import Celery
from celery.signals import worker_process_init, worker_shutting_down
from celery.worker import state

# honcho kills after five seconds whatever has not stopped by itself.
PATIENCE = 3.0

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("stepwise")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def leave_ending_to_the_parent(**_: object) -> None:
    """A signal to the whole process group must not end a task that the worker waits for."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


@worker_shutting_down.connect
def leave_in_time(**_: object) -> None:
    """An idle worker takes six seconds to fold up its pool: go as soon as no task runs."""
    threading.Thread(target=_leave_when_idle, daemon=True).start()


def _leave_when_idle() -> None:
    deadline = time.monotonic() + PATIENCE
    while state.active_requests and time.monotonic() < deadline:
        time.sleep(0.1)
    # What is cut off here is computed again: its dirty flag stays.
    for process in active_children():
        if process.pid:
            os.kill(process.pid, signal.SIGKILL)
    os._exit(0)
