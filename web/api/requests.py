"""What a program sent, read strictly: a body, a query, a key. Nothing is guessed, coerced or silently dropped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, NoReturn, TypeVar

from flask import Request, request
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized, UnsupportedMediaType

from kiosk.services.accounts import ApiKey
from web.access import appliance
from web.errors import Unusable

MAX_BODY_BYTES: Final = 64 * 1024
"""The largest body that is read; a sign-in with every field full takes 2 kB."""

Model = TypeVar("Model", bound=BaseModel)

_SENTENCES: Final[Mapping[str, str]] = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field.",
    "string_type": "This has to be a text.",
    "int_type": "This has to be a whole number.",
    "int_from_float": "This has to be a whole number.",
    "int_parsing": "This has to be a whole number.",
}
"""Plainer words than pydantic's own, by its error type."""


def authenticate() -> ApiKey:
    """The key that came with the request.

    Raises:
        Unauthorized: with the challenge of RFC 6750, section 3.
    """
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer", {"realm": "gatehouse"}))
    key = appliance().accounts.verify_api_key(given.token)
    if key is None:
        challenge = WWWAuthenticate("bearer", {"realm": "gatehouse", "error": "invalid_token"})
        raise Unauthorized(www_authenticate=challenge)
    return key


def read_body(incoming: Request, *, required: bool) -> bytes:
    """The body as canonical JSON: an object, sorted, UTF-8. An absent body that is not required reads as `{}`.

    Raises:
        RequestEntityTooLarge: more than `MAX_BODY_BYTES`; none of it is read.
        UnsupportedMediaType: it does not say that it is JSON.
        Unusable: it is not JSON (RFC 8259), has a name twice, a number JSON has not, or broken Unicode.
    """
    incoming.max_content_length = MAX_BODY_BYTES
    sent = incoming.get_data(cache=False)
    if not sent and not required:
        return b"{}"
    if incoming.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        document = json.loads(sent.decode("utf-8"), object_pairs_hook=_each_name_once, parse_constant=_refuse_constant)
        # Back to text: what cannot be written as JSON in UTF-8 (lone surrogates, infinities) is caught here.
        canonical = json.dumps(
            document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
        ).encode("utf-8")
    except (ValueError, RecursionError):
        raise _bad_json() from None
    if not isinstance(document, dict):
        raise Unusable("invalid", "The body has to be a JSON object.", HTTPStatus.UNPROCESSABLE_ENTITY)
    return canonical


def check_body(model: type[Model], canonical: bytes) -> Model:
    """A body as its model.

    Raises:
        Unusable: with a sentence for every field at fault.
    """
    try:
        return model.model_validate_json(canonical)
    except ValidationError as error:
        _refuse(error)


def check_query(model: type[Model], incoming: Request) -> Model:
    """The query of the address as its model.

    Raises:
        Unusable: as `check_body`; a parameter given twice is at fault.
    """
    given = incoming.args.to_dict(flat=False)
    twice = {name: "Give this once." for name, values in given.items() if len(values) > 1}
    if twice:
        raise invalid_fields(twice)
    try:
        return model.model_validate({name: values[0] for name, values in given.items()})
    except ValidationError as error:
        _refuse(error)


def invalid_fields(sentences: Mapping[str, str]) -> Unusable:
    """The refusal of a request with these fields at fault."""
    return Unusable("invalid", "Some of the input cannot be used.", HTTPStatus.UNPROCESSABLE_ENTITY, sentences)


def _refuse(error: ValidationError) -> NoReturn:
    sentences: dict[str, str] = {}
    if any(item["type"] == "json_invalid" for item in error.errors(include_url=False, include_input=False)):
        raise _bad_json() from None  # nested deeper than the model's parser follows
    for item in error.errors(include_url=False, include_input=False):
        message = item["msg"].removeprefix("Value error, ").removesuffix(".") + "."
        place = ".".join(str(part) for part in item["loc"])
        sentences.setdefault(place, _SENTENCES.get(item["type"], message))
    raise invalid_fields(sentences) from None


def _bad_json() -> Unusable:
    return Unusable("bad-json", "The body is not JSON in UTF-8, or names a field twice.", HTTPStatus.BAD_REQUEST)


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name is there twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
