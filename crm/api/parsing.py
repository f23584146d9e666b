"""Single values of an address, read as fields read them."""

from typing import Any

from rest_framework.exceptions import ValidationError


def parsed(query: Any, name: str, field: Any) -> Any:
    """The value of ``name``, None where it is not there; a bad one is refused beside its name."""
    if name not in query:
        return None
    try:
        return field.run_validation(query[name])
    except ValidationError as error:
        raise ValidationError({name: error.detail}) from error
