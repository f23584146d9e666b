"""What every operation has in common in the OpenAPI document: headers and problems."""

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from core.api.problems import MEDIA_TYPE
from core.api.serializers import ProblemSerializer

Direction = Literal["request", "response"]
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Repeating a request with the same key repeats its answer, not its effect.",
)
LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[201, 202],
    description="The address of what was made.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="An ETag seen before; 304 where it still holds.",
)


def if_match(*, required: bool) -> OpenApiParameter:
    text = "The ETag that was seen; 412 where somebody changed the object since."
    return OpenApiParameter(
        "If-Match",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        required=required,
        description=text + (" 428 without it." if required else ""),
    )


class ApiSchema(AutoSchema):
    """Adds the conventions of this API, so that no view has to repeat them."""

    @property
    def _is_detail(self) -> bool:
        return "{id}" in self.path

    @property
    def _requires_version(self) -> bool:
        changes = self.method in ("PUT", "PATCH", "DELETE")
        return changes and bool(getattr(self.view, "is_versioned", False))

    def get_override_parameters(self) -> list[Any]:
        if self.method == "POST":
            optional = [if_match(required=False)] if self._takes_if_match else []
            return [IDEMPOTENCY_KEY, LOCATION, *optional]
        if self.method == "GET":
            return [IF_NONE_MATCH] if self._is_detail else []
        return [if_match(required=self._requires_version)]

    @property
    def _takes_if_match(self) -> bool:
        return self._is_detail and bool(getattr(self.view, "is_versioned", False))

    def get_description(self) -> str:  # type: ignore[override]
        described = super().get_description()
        view: Any = self.view
        scope = view.required_scope(self.method)
        return f"{described}\n\nScope: `{scope}`.".strip()

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for code in self._problem_codes():
            if code not in bodies:
                bodies[code] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    ProblemSerializer, code, media_types=[MEDIA_TYPE], direction=direction
                )
        if self.method == "GET" and self._is_detail:
            bodies["304"] = {"description": "The copy named by If-None-Match still holds."}
        return dict(sorted(bodies.items()))

    def _problem_codes(self) -> list[str]:
        codes = ["400", "401", "403", "429"]
        if self._is_detail:
            codes.append("404")
        if self.method != "GET":
            codes.append("409")
            codes.append("412" if self.method != "POST" or self._takes_if_match else "422")
        if self.method == "POST":
            codes.append("422")
        if self._requires_version:
            codes.append("428")
        return codes
