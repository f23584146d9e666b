"""The planning page as a manager tries values: a moved slider, and what it would take.

Each is a whole request, with middleware, session and template.
"""

from itertools import count

from bench.filling import fill_database
from bench.histories import make_history
from bench.scratch import scratch_database, seconds, table

ASKED_FOR = 200
CHANGES = 95_000


def main() -> None:
    with scratch_database() as vendor:
        measure(vendor)


def measure(vendor: str) -> None:
    from django.conf import settings
    from django.test import Client

    from accounts.models import Role, User
    from core import clock
    from pipeline.services.estimates import refresh
    from planning.services.plans import create_plan

    settings.ALLOWED_HOSTS = ["testserver"]
    pipeline = fill_database(make_history(CHANGES, zombies=0.05), name="Open deals")
    present = refresh(pipeline).law["present"]
    manager = User.objects.create_user("m@x.example", "pw", name="M", role=Role.MANAGER)
    year = clock.today().year + 1
    plan = create_plan(
        by=manager, name="P", year=year, pipeline=pipeline, target=10**10, currency="CNY"
    )
    client = Client()
    client.force_login(manager)
    positions = count(101)

    def slide() -> None:
        answer = client.post(f"/plans/{plan.pk}/what-if/", {"amount": str(next(positions))})
        assert b"instead of" in answer.content

    def ask() -> None:
        assert b"takes-list" in client.get(f"/plans/{plan.pk}/takes/").content

    slider, takes = seconds(slide, runs=15), seconds(ask, runs=3)
    stages = len(pipeline.stages.all()) - 2
    print(f"{vendor}: {sum(present['count']):,.0f} open in {stages} stages, 12 months of {year}")
    print(f"asked for: a slider in {ASKED_FOR} ms or less")
    rows = [("a slider", f"{slider * 1000:.0f}"), ("what would it take", f"{takes * 1000:.0f}")]
    table(("answer", "ms"), rows)


if __name__ == "__main__":
    main()
