"""The mapping file: which column means what, checked before any row is read."""

import codecs
import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import list_currencies
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from pipeline.services.importing.refusals import ImportRefused

WON, LOST = "won", "lost"
CURRENCIES = frozenset(list_currencies())
DEAL_FIELDS = [
    *("external_id", "name", "customer", "owner", "source", "product", "region"),
    *("amount", "currency", "created", "closed", "stage", "lost_reason"),
]
PURCHASE_FIELDS = [
    *("customer", "date", "units", "amount", "margin", "product"),
    *("currency", "external_id"),
]
TABLE_FIELDS = {
    "customers": [
        *("industry", "employees", "annual_revenue", "country", "region"),
        *("website", "phone", "parent"),
    ],
    "products": ["price", "family", "currency"],
    "owners": ["team", "manager"],
}


class _Strict(serializers.Serializer[Any]):
    """Refuses keys it does not know: a misspelt key would silently leave data out."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [key for key in data if key not in self.fields]
            if unknown:
                message = gettext_lazy("This key is not known.")
                raise serializers.ValidationError({key: [message] for key in unknown})
        return super().to_internal_value(data)


def _column(*, required: bool = False) -> serializers.CharField:
    return serializers.CharField(required=required)


def _columns(
    name: str, required: str, optional: list[str], **more: serializers.Field[Any, Any, Any, Any]
) -> type[_Strict]:
    fields: dict[str, Any] = {key: _column(required=True) for key in required.split()}
    fields |= {key: _column() for key in optional} | more
    return type(name, (_Strict,), fields)


def _texts() -> serializers.DictField:
    return serializers.DictField(child=serializers.CharField(), required=False)


Deals = _columns("Deals", "external_id", DEAL_FIELDS[1:], entered=_texts())
History = _columns("History", "external_id stage at", ["by"])
Purchases = _columns("Purchases", "customer date", PURCHASE_FIELDS[2:])
Tables = type(
    "Tables",
    (_Strict,),
    {
        table: _columns(table.title(), "file name", fields)(required=False)
        for table, fields in TABLE_FIELDS.items()
    },
)


class _MappingFile(_Strict):
    pipeline = serializers.CharField(max_length=100)
    stages = serializers.ListField(child=serializers.CharField(max_length=100), min_length=1)
    deals = Deals()
    history = History(required=False)
    purchases = Purchases(required=False)
    stage_map = _texts()
    ignore_stages = serializers.ListField(child=serializers.CharField(), default=list)
    first_outcome_ends = serializers.BooleanField(default=False)
    aliases = serializers.DictField(child=_texts(), default=dict)
    tables = Tables(required=False)
    amount_known_from = serializers.ChoiceField(["closed", "created"], default="closed")
    date_format = serializers.CharField(default="")
    encoding = serializers.CharField(default="")
    delimiter = serializers.CharField(default="", trim_whitespace=False, max_length=1)
    decimal = serializers.ChoiceField([".", ","], default=".")
    currency = serializers.ChoiceField(sorted(CURRENCIES), required=False)
    time_zone = serializers.CharField(required=False)

    def validate_stages(self, stages: list[str]) -> list[str]:
        folded = [stage.casefold() for stage in stages]
        if len(set(folded)) < len(folded):
            raise serializers.ValidationError(_("A stage is named twice."))
        if {WON, LOST} & set(folded):
            message = _("Won and lost are always there; name only the open stages.")
            raise serializers.ValidationError(message)
        return stages

    def validate_encoding(self, encoding: str) -> str:
        try:
            codecs.lookup(encoding or "utf-8")
        except LookupError:
            raise serializers.ValidationError(_("This encoding is not known.")) from None
        return encoding

    def validate_time_zone(self, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            raise serializers.ValidationError(_("This time zone is not known.")) from None
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        known = {*attrs.get("stages", ()), WON, LOST}
        for key, named in (
            ("stage_map", attrs.get("stage_map", {}).values()),
            ("deals.entered", attrs.get("deals", {}).get("entered", {})),
        ):
            for stage in named:
                if stage not in known:
                    message = _("%(stage)s is none of the stages, nor won or lost.")
                    raise serializers.ValidationError({key: [message % {"stage": stage}]})
        return attrs


class _PurchaseMappingFile(_MappingFile):
    """One file may tell of deals too, but purchases need no pipeline."""

    pipeline = serializers.CharField(max_length=100, required=False)
    stages = serializers.ListField(
        child=serializers.CharField(max_length=100), min_length=1, required=False
    )
    deals = Deals(required=False)
    purchases = Purchases()


FORMS = {"deals": _MappingFile, "purchases": _PurchaseMappingFile}


@dataclass(frozen=True)
class ImportMapping:
    """A checked mapping. Stages are told by their place: the open ones, then won, then lost."""

    data: dict[str, Any]
    folder: Path
    source: dict[str, Any]

    @property
    def pipeline(self) -> str:
        return str(self.data["pipeline"])

    @property
    def stages(self) -> list[str]:
        return list(self.data["stages"])

    @property
    def deals(self) -> dict[str, str]:
        return {key: column for key, column in self.data["deals"].items() if key != "entered"}

    @cached_property
    def entered(self) -> dict[int, str]:
        """The column that dates each stage, by the stage's place."""
        columns = self.data["deals"].get("entered", {})
        return {self.place[stage]: column for stage, column in columns.items()}

    @property
    def history(self) -> dict[str, str] | None:
        return self.data.get("history")

    @property
    def purchases(self) -> dict[str, str]:
        return dict(self.data["purchases"])

    @property
    def tables(self) -> dict[str, dict[str, str]]:
        return {key: dict(table) for key, table in self.data.get("tables", {}).items()}

    @property
    def currency(self) -> str:
        return str(self.data.get("currency") or settings.COMPANY_CURRENCY)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.data.get("time_zone") or settings.COMPANY_TIME_ZONE)

    @cached_property
    def place(self) -> dict[str, int]:
        return {stage: at for at, stage in enumerate([*self.stages, WON, LOST])}

    @cached_property
    def stage_map(self) -> dict[str, int]:
        """Place of the stage that each value in a file means."""
        named = self.data.get("stage_map")
        if named is None:
            return self.place | {WON.title(): self.place[WON], LOST.title(): self.place[LOST]}
        return {value: self.place[stage] for value, stage in named.items()}

    def ignores(self, stage: str) -> bool:
        return any(fnmatchcase(stage, pattern) for pattern in self.data["ignore_stages"])

    def aliases(self, field: str) -> dict[str, str]:
        return dict(self.data["aliases"].get(field, {}))


def read_mapping(path: Path, *, tells: str = "deals") -> ImportMapping:
    """The mapping in a JSON file; raises ImportRefused with every fault that it has.

    ``tells`` is what must be mapped: ``deals`` or ``purchases``.
    """
    try:
        source = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ImportRefused(
            _("The mapping file cannot be read: %(error)s") % {"error": error}
        ) from error
    except ValueError as error:
        raise ImportRefused(
            _("The mapping file is not JSON: %(error)s") % {"error": error}
        ) from error
    return check_mapping(source, folder=path.parent, tells=tells)


def check_mapping(source: Any, *, folder: Path, tells: str = "deals") -> ImportMapping:
    """A mapping from its JSON value; other tables lie in ``folder``. Raises ImportRefused."""
    form = FORMS[tells](data=source)
    if not form.is_valid():
        faults = "\n".join(f"  {place}: {fault}" for place, fault in _faults(form.errors))
        raise ImportRefused(_("The mapping is not right:") + "\n" + faults)
    return ImportMapping(form.validated_data, folder, source)


def _faults(errors: Any, place: str = "") -> list[tuple[str, str]]:
    if isinstance(errors, Mapping):
        return [
            fault
            for key, value in errors.items()
            for fault in _faults(value, f"{place}.{key}".removeprefix("."))
        ]
    return [(place.removesuffix(".non_field_errors"), str(error)) for error in errors]
