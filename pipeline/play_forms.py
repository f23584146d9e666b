"""The form of a play."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.api.fields import id_of
from core.vocabulary import label, typed
from crm.known_fields import CUSTOMER_KNOWLEDGE, label_of
from crm.models import Customer
from crm.playbook import KINDS
from crm.services.plays import Line
from pipeline.plays import DEAL_KNOWLEDGE, knowledge_label

MOST_LINES, LONGEST_LINE = 20, 200
MOST_SCRIPTS, LONGEST_NAME, LONGEST_TEXT = 10, 100, 5000
PARTS = ("kind", "name", "subject", "text")


@dataclass(frozen=True)
class Knowledge:
    """A field that may be asked for, and whether it is."""

    name: str
    label: str
    is_asked: bool
    is_required: bool


class PlayForm(forms.Form):
    """What to do, a checklist, templates and what must be known.

    Lines and templates come as lists of equal names, in the order in which they stand on the page.
    """

    advice = forms.CharField(
        label=gettext_lazy("what to do"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    data: Any

    def __init__(self, data: Any = None, *, stage: Any, kind: str) -> None:
        super().__init__(data)
        self.stage, self.kind = stage, kind
        play = stage.play
        self.initial = {"advice": play.words, "version": play.version} if play else {}

    @property
    def knowable(self) -> tuple[str, ...]:
        return CUSTOMER_KNOWLEDGE if self.kind == "customers" else DEAL_KNOWLEDGE

    def clean(self) -> dict[str, Any]:
        if len(self.lines) > MOST_LINES:
            self.add_error(None, _("A checklist has at most %(n)s lines.") % {"n": MOST_LINES})
        if any(len(text) > LONGEST_LINE for _pk, text in self.lines):
            message = _("A line of the checklist has at most %(n)s characters.")
            self.add_error(None, message % {"n": LONGEST_LINE})
        if len(self.scripts) > MOST_SCRIPTS:
            self.add_error(None, _("A play has at most %(n)s templates.") % {"n": MOST_SCRIPTS})
        for each in self.scripts:
            self._check_script(each)
        return self.cleaned_data

    def _check_script(self, each: dict[str, str]) -> None:
        if not each["name"] or not each["text"]:
            self.add_error(None, _("A template needs a name and a text."))
        if max(len(each["name"]), len(each["subject"])) > LONGEST_NAME:
            message = _("Names and subjects of templates have at most %(n)s characters.")
            self.add_error(None, message % {"n": LONGEST_NAME})
        if len(each["text"]) > LONGEST_TEXT:
            self.add_error(None, _("The text of a template is too long."))
        if each["kind"] not in dict(KINDS):
            self.add_error(None, _("Choose what kind of template it is."))

    @property
    def lines(self) -> list[Line]:
        """The checklist as typed, else as stored; without what was left empty."""
        if not self.is_bound:
            play = self.stage.play
            rows = play.items.filter(archived_at__isnull=True) if play else ()
            return [(row.pk, str(row)) for row in rows]
        keys, texts = self._list("line_id"), self._list("line")
        pairs = zip(keys, texts, strict=False)
        return [(id_of(key), text) for key, text in pairs if text]

    @property
    def scripts(self) -> list[dict[str, str]]:
        """The templates, likewise."""
        if not self.is_bound:
            stored = self.stage.play.templates if self.stage.play else []
            return [{part: label(each.get(part, "")) for part in PARTS} for each in stored]
        columns = [self._list(f"script_{part}") for part in PARTS]
        found = [dict(zip(PARTS, row, strict=True)) for row in zip(*columns, strict=False)]
        return [each for each in found if each["name"] or each["subject"] or each["text"]]

    @property
    def knowledge(self) -> list[Knowledge]:
        asked, required = self._asked(), self._required()
        naming: Any = knowledge_label
        if self.kind == "customers":
            naming = lambda name: label_of(Customer, name)  # noqa: E731
        return [
            Knowledge(name, naming(name), name in asked, name in required) for name in self.knowable
        ]

    @property
    def kinds(self) -> Any:
        return KINDS

    def values(self) -> dict[str, Any]:
        """What the service takes; words that ship with the product are kept as they ship."""
        required = [name for name in self.knowable if name in self._required()]
        asked = {*self._asked(), *required}
        return {
            "version": self.cleaned_data["version"],
            "advice": typed(self.cleaned_data["advice"].replace("\r\n", "\n").strip()),
            "items": [(pk, typed(text)) for pk, text in self.lines],
            "templates": [
                {part: typed(text.replace("\r\n", "\n")) for part, text in each.items()}
                for each in self.scripts
            ],
            "must_know": [name for name in self.knowable if name in asked],
            "required": required,
        }

    def overtaken(self, sentence: str, stage: Any) -> None:
        """Keep what was typed, and let a second save go through."""
        self.add_error(None, sentence)
        self.data = self.data.copy()
        self.data["version"] = str(stage.play.version)

    def _list(self, name: str) -> list[str]:
        return [text.replace("\0", "").strip() for text in self.data.getlist(name)]

    def _asked(self) -> set[str]:
        if self.is_bound:
            return set(self.data.getlist("asked"))
        return set(self.stage.play.must_know) if self.stage.play else set()

    def _required(self) -> set[str]:
        return set(self.data.getlist("required") if self.is_bound else self.stage.required_fields)
