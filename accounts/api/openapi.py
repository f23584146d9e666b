"""How the OpenAPI document names the two ways to sign in. Imported for its registrations."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        about = "A key made in Admin or by `create_api_key`; its scopes say what it may do."
        return {"type": "http", "scheme": "bearer", "description": about}


class PageSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.api.authentication.PageSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        about = "The session of a signed-in page; changes need the CSRF token."
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": about}
