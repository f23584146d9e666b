"""The whole product as `make run` starts it, on its own data, and a real Chromium before it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PASSWORD = "stepwise-demo"
WIDTHS = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}

# What is looked for may take its time on a machine that runs everything at once.
expect.set_options(timeout=15_000)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if is_browser_test(item):
            item.add_marker(pytest.mark.browser)
    # Last of all: Playwright leaves an event loop behind, beside which Django refuses its database.
    items.sort(key=is_browser_test)


def is_browser_test(item):
    return "tests/browser/" in item.nodeid


@dataclass
class Stack:
    url: str
    env: dict[str, str]

    def manage(self, *args):
        """Run a management command on the stack's data; its output."""
        command = [sys.executable, "manage.py", *args]
        done = subprocess.run(
            command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """Web, worker and beat with the demo company, stopped together by Ctrl-C."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    port = _free_port()
    env = os.environ | {
        "DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "PORT": str(port),
        "ESTIMATE_QUIET_SECONDS": "0.5",
        "CELERY_QUEUE": f"browser-{uuid.uuid4().hex}",
    }
    with _own_database(env):
        stack = Stack(f"http://localhost:{port}", env)
        stack.manage("migrate", "--verbosity", "0")
        stack.manage("seed_demo")
        log = Path(env["DATA_DIR"]) / "processes.log"
        processes = subprocess.Popen(
            [BIN / "honcho", "start", "--port", str(port)],
            cwd=ROOT,
            env=env,
            stdout=log.open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_up(stack.url, log)
            yield stack
        finally:
            os.killpg(processes.pid, signal.SIGINT)
            try:
                processes.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(processes.pid, signal.SIGKILL)
                raise


class _own_database:
    """On PostgreSQL a database of its own; on SQLite the data directory is enough."""

    def __init__(self, env):
        self.env, self.server = env, env.get("DATABASE_URL", "")
        self.name = f"stepwise_browser_{os.getpid()}"

    def __enter__(self):
        if self.server:
            self._run(f'CREATE DATABASE "{self.name}"')
            self.env["DATABASE_URL"] = urlunsplit(urlsplit(self.server)._replace(path=self.name))

    def __exit__(self, *exc):
        if self.server:
            self._run(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    def _run(self, statement):
        import psycopg2

        connection = psycopg2.connect(self.server)
        connection.autocommit = True
        connection.cursor().execute(statement)
        connection.close()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_up(url, log, seconds=60):
    for _ in range(seconds * 5):
        try:
            urllib.request.urlopen(f"{url}/accounts/login/", timeout=5)
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"the server did not come up:\n{log.read_text()}")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    return browser_type_launch_args | {
        "executable_path": CHROMIUM,
        "args": ["--no-sandbox", "--disable-gpu", *quiet],
    }


@pytest.fixture(scope="session")
def sessions():
    """The cookies of whoever has signed in; signing in is slow on purpose."""
    return {}


@pytest.fixture
def open_as(stack, browser, sessions):
    """``open_as("rep", width="phone", language="zh-hans")``: a page, signed in.

    Errors of the console and failed requests fail the test at its end.
    """
    contexts, errors = [], []

    def open_page(who, *, path="/", width="wide", language="en", touch=False, cut=False):
        context = browser.new_context(
            base_url=stack.url, viewport=WIDTHS[width], has_touch=touch, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        wait_for_scripts(page)
        page.on(
            "console",
            lambda m: (
                is_error(m)
                and not (cut and is_cut_line(m))
                and errors.append(f"{page.url}: {m.text}")
            ),
        )
        page.on("pageerror", lambda e: errors.append(f"{page.url}: {e}"))
        page.on("response", lambda r: r.status >= 500 and errors.append(f"{r.status} {r.url}"))
        context.add_cookies(sessions.get(who, []))
        page.goto(path)
        if "/accounts/login" in page.url:
            sign_in(page, who)
            sessions[who] = [c for c in context.cookies() if c["name"] != "messages"]
            page.goto(path)
        if set_language(page, language):
            page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors, "\n".join(errors)


SCRIPTS_RAN = """
addEventListener("DOMContentLoaded", () => document.documentElement.setAttribute("data-wired", ""));
"""


def wait_for_scripts(page):
    """Nobody's hand is so fast as to act on a new page before its scripts have run; a test's is."""
    page.add_init_script(SCRIPTS_RAN)
    page.add_locator_handler(
        page.locator("html:not([data-wired])"),
        lambda: page.wait_for_load_state("domcontentloaded"),
        no_wait_after=True,
    )


def is_error(message):
    """Chromium reports a refused form (422) as a failed resource, and htmx a request that was under
    way when the page was left; both are meant."""
    meant = ("status of 422", "htmx:sendAbort", "htmx:afterRequest")
    return message.type == "error" and not any(text in message.text for text in meant)


def is_cut_line(message):
    """What browser and htmx say where a test takes the network away."""
    said = ("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest")
    return any(text in message.text for text in said)


def sign_in(page, who):
    page.goto("/accounts/login/")
    page.fill("input[name=login]", f"{who}@billion.example")
    page.fill("input[name=password]", PASSWORD)
    page.click("form[action*=login] button.btn-primary")
    page.wait_for_url(lambda url: "/accounts/login" not in url)


def set_language(page, language):
    """Speak ``language``; whether something else was spoken before."""
    if is_other := page.locator("html").get_attribute("lang").lower() != language:
        token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
        page.request.post(
            "/language/",
            form={"language": language, "csrfmiddlewaretoken": token, "next": "/"},
            headers={"Referer": page.url},
        )
    return is_other
