import os
import socket
from datetime import datetime
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import caches
from django.utils.translation import override

SHARED_DATA = Path(
    os.environ.get("SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)


# What one leg of CI cannot run belongs to the other leg.
OTHER_LEG = ("only on PostgreSQL", "only on SQLite")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    """With NO_SKIPS set, a skipped test that could have run fails the suite."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("NO_SKIPS") or reporter is None:
        return
    skipped = [str(report.longrepr) for report in reporter.stats.get("skipped", [])]
    unwanted = [reason for reason in skipped if not any(leg in reason for leg in OTHER_LEG)]
    if unwanted:
        reporter.write_line(f"NO_SKIPS: {len(unwanted)} skipped: {unwanted[0]}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data sets beside the project; a test that reads them skips where they are absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no data sets at {SHARED_DATA} (set SHARED_DATA)")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Hashing is made slow on purpose; here it would only slow the suite."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path_factory):
    """Uploaded files of a test are nobody else's."""
    settings.MEDIA_ROOT = tmp_path_factory.getbasetemp() / "files"


@pytest.fixture(autouse=True)
def own_language():
    """What the requests of one test spoke is not what the next one speaks."""
    with override(None):
        yield


@pytest.fixture(autouse=True)
def forget_cache(monkeypatch):
    """What another test has kept is not found; called, what this one has kept is not either.

    ``cache.clear()`` would empty the Redis of tests that run beside this one.
    """

    def forget():
        monkeypatch.setattr(caches["default"], "key_prefix", uuid4().hex)

    forget()
    return forget


@pytest.fixture
def no_server(settings):
    """A mail server that is down: a port at which nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = probe.getsockname()[1]
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def company_day():
    """The first instant of a day in the company's time zone."""

    def at(text: str, hour: int = 0) -> datetime:
        day = datetime.fromisoformat(text)
        return day.replace(hour=hour, tzinfo=ZoneInfo("Asia/Shanghai"))

    return at


@pytest.fixture
def company(db):
    """Two teams under one manager, a stranger in a third, and an admin."""
    from accounts.models import Role, Team, User

    sales = Team.objects.create(name="Sales")
    north = Team.objects.create(name="North", parent=sales, shares_records=True)
    other = Team.objects.create(name="Service")

    class Company:
        team, sub_team, other_team = sales, north, other
        admin = User.objects.create_user("ada@x.example", "pw", name="Ada", role=Role.ADMIN)
        manager = User.objects.create_user(
            "mei@x.example", "pw", name="Mei", role=Role.MANAGER, team=sales
        )
        owner = User.objects.create_user("li@x.example", "pw", name="Li", team=north)
        teammate = User.objects.create_user("wu@x.example", "pw", name="Wu", team=north)
        stranger = User.objects.create_user("zoe@x.example", "pw", name="Zoe", team=other)

    return Company


@pytest.fixture
def as_user(client):
    """A client signed in as somebody."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def ladder(db):
    """Suspect → Prospect (hands over, reached by a first deal) → Customer (reached by a win)."""
    from crm.models import Ladder, LifecycleStage, PlanPart

    ladder = Ladder.objects.create(name="Lifecycle", is_default=True)
    rows = [
        ("Suspect", PlanPart.ACQUISITION, "", False),
        ("Prospect", PlanPart.NURTURING, "deal_opened", True),
        ("Customer", PlanPart.CLOSING, "deal_won", False),
    ]
    for order, (name, part, reached_by, hands_over) in enumerate(rows, start=1):
        LifecycleStage.objects.create(
            ladder=ladder,
            name=name,
            order=order,
            part=part,
            reached_by=reached_by,
            hands_over=hands_over,
        )
    return ladder


@pytest.fixture
def pipeline(ladder):
    """Qualified → Proposal → Negotiation, won, lost; joined to the ladder."""
    from pipeline.services.pipelines import create_pipeline

    return create_pipeline(
        "New equipment",
        currency="CNY",
        stages=["Qualified", "Proposal", "Negotiation"],
        ladder=ladder,
    )


@pytest.fixture
def stages(pipeline):
    """The pipeline's stages by name."""
    return {stage.name: stage for stage in pipeline.stages.all()}
