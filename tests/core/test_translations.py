"""Nothing a user sees is left in English on a Chinese page."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|%d|\{\w*\}")


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """Every string of code and templates, as ``make messages`` collects them."""
    template = tmp_path_factory.mktemp("messages") / "django.pot"
    babel = [sys.executable, "-m", "babel.messages.frontend", "--quiet"]
    extract = ["extract", "-F", "babel.cfg", "--no-location", "-o", str(template), "."]
    subprocess.run([*babel, *extract], cwd=ROOT, check=True)
    with template.open("rb") as file:
        return {_first(message.id) for message in read_po(file) if message.id}


@pytest.fixture(scope="module")
def chinese():
    with (ROOT / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        catalog = read_po(file, locale="zh_Hans")
    return {_first(m.id): m for m in catalog if m.id and not m.fuzzy}


def _first(text):
    return _all(text)[0]


def _all(text):
    return [text] if isinstance(text, str) else list(text)


def test_every_string_has_its_chinese(collected, chinese):
    assert len(collected) > 300, "the collector works"
    missing = [
        text
        for text in sorted(collected)
        if text not in chinese or not _first(chinese[text].string)
    ]
    assert missing == []


def test_translations_keep_their_placeholders(chinese):
    wrong = {
        text: _first(message.string)
        for text, message in chinese.items()
        if set(PLACEHOLDER.findall(_first(message.string)))
        - set(PLACEHOLDER.findall(" ".join(_all(message.id))))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("customer", "客户"),
        ("opportunity", "商机"),
        ("pipeline", "销售管道"),
        ("acquisition", "客户获取"),
        ("nurturing", "客户培育"),
        ("project tracking", "项目跟踪"),
        ("closing", "推进"),
        ("Funnel", "销售漏斗"),
        ("Promotion rate", "升迁率"),
        ("Success rate", "成功率"),
    ],
)
def test_the_words_of_the_trade_are_the_agreed_ones(chinese, english, expected):
    assert _first(chinese[english].string) == expected
