"""Settings as a process reads them from its environment when it starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def start(tmp_path, code, **environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", f"from config import settings; print({code})"],
        cwd=ROOT,
        env=kept | {"DATA_DIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("environment", "proxies"),
    [
        ({}, "0"),
        ({"USE_HTTPS": "true"}, "1"),
        ({"USE_HTTPS": "true", "TRUSTED_PROXIES": "2"}, "2"),
    ],
)
def test_behind_https_the_proxy_says_who_signs_in(tmp_path, environment, proxies):
    done = start(tmp_path, "settings.ALLAUTH_TRUSTED_PROXY_COUNT", **environment)
    assert done.stdout.strip() == proxies, done.stderr


def test_in_production_a_missing_secret_stops_the_start_and_says_what_to_set(tmp_path):
    server = "postgres://localhost/stepwise"
    done = start(tmp_path, "settings.IS_TRIAL", DATABASE_URL=server)
    assert done.returncode != 0
    assert "Set the environment variable SECRET_KEY" in done.stderr
    assert start(tmp_path, "settings.IS_TRIAL", DATABASE_URL=server, SECRET_KEY="s").stdout == (
        "False\n"
    )
