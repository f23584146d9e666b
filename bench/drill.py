"""``make drill``: a worker that is killed again and again while reps move deals.

Nothing may be lost: in the end the flag is clean, every waiting job is answered, and the newest
estimate equals one computed from scratch.
"""

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from bench.scratch import scratch_database, table

ROOT = Path(__file__).resolve().parents[1]
KILLS = 20
MOVES_BETWEEN = 10


def main() -> int:
    os.environ |= {"CELERY_QUEUE": f"drill-{uuid.uuid4().hex}", "ESTIMATE_QUIET_SECONDS": "0.2"}
    with scratch_database() as vendor:
        return drill(vendor)


def start_worker() -> "subprocess.Popen[bytes]":
    celery = [sys.executable, "-m", "celery", "-A", "config", "worker", "--beat"]
    options = ["--concurrency", "1", "--loglevel", "ERROR", "--schedule"]
    schedule = str(Path(os.environ["DATA_DIR"]) / "beat-schedule")
    return subprocess.Popen([*celery, *options, schedule], cwd=ROOT, start_new_session=True)


def drill(vendor: str) -> int:
    from core.models import DirtyFlag, Job
    from pipeline.models import Estimate, StageChange
    from pipeline.services.estimates import refresh
    from pipeline.services.opportunities import create_opportunity, move_opportunity
    from pipeline.services.pipelines import create_pipeline
    from pipeline.services.requests import request_estimate

    random.seed(1)
    pipeline = create_pipeline("Drill", currency="CNY", stages=["First", "Second", "Third"])
    stages = list(pipeline.stages.all())
    deals = [
        create_opportunity(pipeline=pipeline, by=None, name=f"Deal {n}", amount=n)
        for n in range(200)
    ]
    for _ in range(KILLS):
        worker = start_worker()
        for _ in range(MOVES_BETWEEN):
            move_opportunity(random.choice(deals), to=random.choice(stages), by=None)
        request_estimate(pipeline, by=None)
        time.sleep(random.uniform(1.5, 4.0))
        os.killpg(worker.pid, signal.SIGKILL)
        # A dead worker's lease runs out by itself; the drill does not wait for that.
        DirtyFlag.objects.update(lease_until=None)
    worker = start_worker()
    for _ in range(600):
        if not DirtyFlag.objects.due(at=_far_future()).exists():
            break
        time.sleep(0.1)
    os.killpg(worker.pid, signal.SIGTERM)
    worker.wait()
    newest = Estimate.objects.order_by("-as_of", "-id")[0]
    Estimate.objects.filter(pk=newest.pk).update(inputs_hash="kept aside")
    again = refresh(pipeline, as_of=newest.as_of)
    lost = StageChange.objects.count() - sum(deal.version for deal in deals)
    unanswered = Job.objects.unfinished().count()
    same = again.payload == newest.payload
    rows = [
        ("worker killed", str(KILLS)),
        ("moves lost", str(lost)),
        ("jobs unanswered", str(unanswered)),
        ("newest estimate equals a rebuild", "yes" if same else "NO"),
    ]
    print(vendor)
    table(("what", "found"), rows)
    return int(bool(lost or unanswered or not same))


def _far_future() -> datetime:
    from django.utils import timezone

    return timezone.now() + timedelta(days=1)


if __name__ == "__main__":
    sys.exit(main())
