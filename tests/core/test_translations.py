import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.checkers import python_format
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS = ["gettext_lazy", "ngettext_lazy:1,2", "pgettext_lazy:1c,2", "npgettext_lazy:1c,2,3"]


@pytest.fixture(scope="module")
def strings(tmp_path_factory):
    """What `make messages` finds in the code now."""
    found = tmp_path_factory.mktemp("messages") / "django.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract"]
    options = ["-F", "babel.cfg", "-o", str(found), *(f"-k{word}" for word in KEYWORDS), "."]
    subprocess.run([*command, *options], cwd=ROOT, check=True, capture_output=True)
    with found.open("rb") as file:
        return [message for message in read_po(file) if message.id]


@pytest.fixture(scope="module")
def chinese():
    with (ROOT / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file, locale="zh_Hans")


def first(text):
    return text[0] if isinstance(text, tuple) else text


def test_every_string_has_its_chinese(strings, chinese):
    def is_missing(message):
        found = chinese.get(first(message.id), message.context)
        return found is None or found.fuzzy or not first(found.string)

    places = {first(each.id): each.locations[0][0] for each in strings if is_missing(each)}
    assert not places, "run `make messages` and translate what is new"


def test_no_translation_loses_a_placeholder(chinese):
    for message in chinese:
        if message.id and message.python_format:
            python_format(chinese, message)


def test_templates_give_their_strings_too(strings):
    texts = {first(message.id) for message in strings}
    assert {"Sign in", "Customers", "%(n)s is due today."} <= texts
