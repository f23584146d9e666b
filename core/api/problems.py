"""Errors as problem details (RFC 9457), never a page and never a bare 500 for bad input."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    PermissionDenied,
    RequestDataTooBig,
    ValidationError,
)
from django.db import DataError, IntegrityError
from django.db.models import ProtectedError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.response import Response

from core.api.constraints import rule_of_message, violated_constraint
from core.money import MissingExchangeRate
from core.services.records import Kept
from core.services.versions import StaleVersion

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "/problems/"


class Problem(exceptions.APIException):
    """A refusal with a stable type of its own; subclasses say which."""

    status_code: int = status.HTTP_400_BAD_REQUEST
    default_code = "bad-request"
    default_detail = _("The request cannot be understood.")
    title = _("Bad request")
    errors: list[dict[str, str]] | None = None
    wait: float | None = None
    members: Mapping[str, Any] = {}
    """What this kind of problem tells besides (RFC 9457, extension members)."""

    def __init__(self, detail: Any = None, *, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(detail)
        self.errors = errors


class Conflict(Problem):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    title = _("This contradicts what is stored")
    default_detail = _("Another record has this already.")


class InUse(Conflict):
    default_code = "in-use"
    title = _("Still in use")
    default_detail = _("Other records still refer to this, so it cannot be deleted.")


class StillRunning(Conflict):
    default_code = "idempotency-key-in-progress"
    title = _("Still under way")
    default_detail = _("The request with this Idempotency-Key is still under way; ask again.")
    wait = 1.0


class KeyReused(Problem):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency-key-reused"
    title = _("Idempotency-Key used before")
    default_detail = _("This Idempotency-Key was used for a different request.")


class PreconditionRequired(Problem):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "if-match-required"
    title = _("If-Match is missing")
    default_detail = _("Send the ETag of the object you have seen in If-Match.")


class PreconditionFailed(Problem):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "stale-version"
    title = _("Changed meanwhile")
    default_detail = _("Somebody else changed this meanwhile. Look at the new state and try again.")


class MissingRate(Problem):
    status_code = status.HTTP_409_CONFLICT
    default_code = "missing-exchange-rate"
    title = _("An exchange rate is missing")


class NotEnoughHistory(Problem):
    status_code = status.HTTP_409_CONFLICT
    default_code = "no-estimate"
    title = _("No rates yet")
    default_detail = _("The rates of this pipeline have not been computed yet.")


class TooLarge(Problem):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too-large"
    title = _("Too large")
    default_detail = _("The body of the request is too large.")


class NotWritable(Problem):
    """A value that passed every check and that the database still cannot hold."""

    default_code = "validation"
    title = _("Not valid")
    default_detail = _("A value is outside of what can be stored.")


TITLES = {
    "validation": _("Not valid"),
    "not-authenticated": _("No valid key"),
    "forbidden": _("Not allowed"),
    "not-found": _("Not found"),
    "malformed": _("Malformed body"),
    "method-not-allowed": _("Method not allowed"),
    "not-acceptable": _("Only JSON is given"),
    "unsupported-media-type": _("Only JSON is taken"),
    "throttled": _("Too many requests"),
}
CODES: dict[type[exceptions.APIException], str] = {
    exceptions.ValidationError: "validation",
    exceptions.NotAuthenticated: "not-authenticated",
    exceptions.AuthenticationFailed: "not-authenticated",
    exceptions.PermissionDenied: "forbidden",
    exceptions.NotFound: "not-found",
    exceptions.ParseError: "malformed",
    exceptions.MethodNotAllowed: "method-not-allowed",
    exceptions.NotAcceptable: "not-acceptable",
    exceptions.UnsupportedMediaType: "unsupported-media-type",
    exceptions.Throttled: "throttled",
}


def problem_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; ``None`` leaves what is our own fault to Django's 500."""
    error = as_api_exception(exc)
    if error is None:
        return None
    errors = list(field_errors(error.detail)) if _is_validation(error) else None
    members: Mapping[str, Any] = {}
    if isinstance(error, Problem):
        errors, members = error.errors, error.members
    data: dict[str, Any] = {
        "type": TYPE_PREFIX + code_of(error),
        "title": str(getattr(error, "title", "") or TITLES.get(code_of(error), "")),
        "status": error.status_code,
        "detail": detail_of(error),
        **members,
    }
    if errors is not None:
        data["errors"] = errors
    return Response(
        data, status=error.status_code, headers=headers_of(error), content_type=MEDIA_TYPE
    )


def as_api_exception(exc: Exception) -> exceptions.APIException | None:
    """What a mistake of the caller, in whatever shape it surfaced, means over HTTP."""
    match exc:
        case exceptions.APIException():
            return exc
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case ValidationError():
            return exceptions.ValidationError(_beside_fields(exc))
        case StaleVersion():
            return PreconditionFailed(str(exc))
        case MissingExchangeRate():
            return MissingRate(str(exc))
        case Kept():
            return InUse(exc.args[0])
        case ProtectedError():
            return InUse()
        case RequestDataTooBig():
            return TooLarge()
        case IntegrityError():
            return _constraint_problem(exc)
        case DataError() | OverflowError():
            return NotWritable()
        case RecursionError():
            return exceptions.ParseError()
    return None


def _beside_fields(exc: ValidationError) -> dict[str, list[str]]:
    """The messages by field; a constraint's own sentence goes beside the fields it is about."""
    found: dict[str, list[str]] = {NON_FIELD_ERRORS: exc.messages}
    if hasattr(exc, "error_dict"):
        found = {str(name): list(messages) for name, messages in exc.message_dict.items()}
    for message in found.pop(NON_FIELD_ERRORS, []):
        rule = rule_of_message(message)
        for name in (rule and rule.fields) or (NON_FIELD_ERRORS,):
            found.setdefault(name, []).append(rule.message if rule else message)
    return found


def _constraint_problem(exc: IntegrityError) -> Problem:
    violated = violated_constraint(exc)
    if violated is None:
        return Conflict(_("This contradicts other records."))
    problem = Conflict if violated.is_unique else NotWritable
    errors = [{"pointer": pointer([f]), "detail": violated.message} for f in violated.fields]
    return problem(violated.message, errors=errors)


def _is_validation(error: exceptions.APIException) -> bool:
    return isinstance(error, exceptions.ValidationError)


def code_of(error: exceptions.APIException) -> str:
    if isinstance(error, Problem):
        return error.default_code
    for kind, code in CODES.items():
        if isinstance(error, kind):
            return code
    return str(error.default_code).replace("_", "-")


def detail_of(error: exceptions.APIException) -> str:
    if isinstance(error.detail, list | dict):
        return str(_("Some of the values cannot be taken; see errors."))
    return str(error.detail)


def headers_of(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    return headers


def pointer(path: list[str]) -> str:
    """A JSON pointer (RFC 6901) as a URI fragment; of a query parameter, its name."""
    return "#" + "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in path)


def field_errors(detail: Any, path: tuple[str, ...] = ()) -> Iterator[dict[str, str]]:
    """Each message of a nested error with the pointer of the value it is about."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            name = str(key)
            at_whole = name in ("non_field_errors", "__all__", "detail")
            yield from field_errors(value, path if at_whole else (*path, name))
    elif isinstance(detail, list | tuple):
        nested = any(isinstance(item, Mapping | list) for item in detail)
        for index, item in enumerate(detail):
            yield from field_errors(item, (*path, str(index)) if nested else path)
    else:
        yield {"pointer": pointer(list(path)), "detail": str(detail)}
