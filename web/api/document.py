"""The OpenAPI document: made from the operations and their models, so that it cannot say anything else than they do."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, Literal

from pydantic import BaseModel, JsonValue, RootModel
from pydantic.json_schema import models_json_schema

from kiosk.services.export import SheetFormat
from web.api.answers import ErrorAnswer
from web.api.catalogue import CATALOGUE
from web.api.operations import OPERATIONS, Operation, operation
from web.api.requests import MAX_BODY_BYTES

OPENAPI: Final = "3.1.0"
"""Its schemas are plain JSON Schema 2020-12, which is what pydantic writes."""

_MODES: Final[Mapping[str, Literal["validation", "serialization"]]] = {"body": "validation", "answer": "serialization"}
"""How a model is described: as it may be sent, or as it is answered, where what has a default is always there."""

_SCHEMAS: Final = "#/components/schemas/"

_DESCRIPTION: Final = f"""\
For the estate's other software: the directory, the booking of visitors, the card office, the archive of the log.

**Key.** Every call but this document's carries `Authorization: Bearer KEY`. A key is made on the gate itself.

**Input.** JSON objects in UTF-8 of at most {MAX_BODY_BYTES // 1024} kB. Types are strict, fields nobody knows are \
refused by name, times are RFC 3339 with their zone. Whatever is answered with 4xx has changed nothing.

**Answers.** Times are in UTC. What has been acknowledged is on the disk and survives a power cut.

**Errors.** One shape, whatever went wrong: `{{"error": {{"code", "message", "fields"?}}}}`. Programs go by `code`.

**Lists.** `{{"items", "next"}}`, with `limit` and `cursor`: hand `next` back as `cursor` until it is null. Nothing is \
skipped or told twice while visits come in.

**Files.** Lists that have an address with `.csv` and `.xlsx` too are answered whole there, without pages. Each such \
file is written to the gate's log.
"""

_FILES: Final[Mapping[SheetFormat, dict[str, Any]]] = {
    SheetFormat.CSV: {"schema": {"type": "string"}},
    SheetFormat.XLSX: {},  # bytes have no schema since OpenAPI 3.1: its registry of formats, "binary"
}

_TAGS: Final = {
    "visits": "Who comes, who is inside, who has left.",
    "goods": "What comes in and where it lies, and the slips on which goods leave.",
    "units": "The flats and houses of the estate.",
    "residents": "Residents' private links, and whom they expect.",
    "passes": "Signed QR codes that let a visitor through, issued ahead of the visit.",
    "cards": "The IC cards of residents and staff.",
    "time-profiles": "The hours of the week at which cards open.",
    "lanes": "The ways through the gate.",
    "blocklist": "Who is not to be let in without a guard's word.",
    "alarms": "What somebody has to look at, and say that they have.",
    "muster": "Who is inside, and who has been found in a fire.",
    "journal": "The append-only log of everything that changed, chained by hash.",
    "webhooks": "Programs told by signed POSTs of what happens here.",
    "description": "This document.",
}

_PATH_PARTS: Final = {
    "visit_id": "The visit's `id`.",
    "goods_id": "The goods' `id`.",
    "slip_id": "The slip's `id`.",
    "pass_id": "The pass's `id`.",
    "card_id": "The card's `id`.",
    "profile_id": "The time profile's `id`.",
    "alarm_id": "The alarm's `id`.",
    "entry_id": "The entry's `id`.",
    "unit_code": "The unit's `code`.",
    "lane": "The lane's `name`.",
    "link_id": "The link's `id`.",
    "invitation_id": "The invitation's `id`.",
    "webhook_id": "The webhook's `id`.",
}


class OpenApiDocument(RootModel[dict[str, JsonValue]]):
    """An OpenAPI document."""


@operation("GET", "/openapi.json", tag="description", answer=OpenApiDocument, is_open=True)
def get_document() -> OpenApiDocument:
    """Read this document.

    No key is needed: it says nothing about the estate.
    """
    return OpenApiDocument(openapi_document())


@functools.cache
def openapi_document() -> dict[str, Any]:
    """The document of all operations."""
    schemas, components = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for declared in OPERATIONS:
        paths.setdefault(declared.path, {})[declared.method.lower()] = _describe(declared, schemas)
    return {
        "openapi": OPENAPI,
        "info": {"title": "Gatehouse", "version": "1.0.0", "description": _DESCRIPTION},
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "tags": [{"name": name, "description": description} for name, description in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, made on the gate for each program that needs one.",
                }
            },
        },
    }


def _schemas() -> tuple[dict[type[BaseModel], dict[str, Any]], dict[str, Any]]:
    """Each model's reference, and the components that they refer to."""
    wanted: dict[type[BaseModel], Literal["validation", "serialization"]] = {ErrorAnswer: "validation"}
    for declared in OPERATIONS:
        for part, mode in _MODES.items():
            model: type[BaseModel] | None = getattr(declared, part)
            if model is not None:
                wanted[model] = mode
    references, definitions = models_json_schema(list(wanted.items()), ref_template=_SCHEMAS + "{model}")
    return {model: references[(model, mode)] for model, mode in wanted.items()}, definitions["$defs"]


def _describe(declared: Operation, schemas: Mapping[type[BaseModel], dict[str, Any]]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": declared.name,
        "tags": [declared.tag],
        "summary": declared.summary,
        "description": declared.description or declared.summary + ".",
        "parameters": [*_path_parameters(declared), *_query_parameters(declared), *_header_parameters(declared)],
        "responses": {str(int(declared.status)): _success(declared, schemas), **_failures(declared, schemas)},
    }
    if declared.body is not None:
        described["requestBody"] = {
            "required": declared.needs_body,
            "content": {"application/json": {"schema": schemas[declared.body]}},
        }
    if declared.is_open:
        described["security"] = []
    return described


def _path_parameters(declared: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PATH_PARTS[name],
            "schema": {"type": "string"},
        }
        for name in declared.path_parts
    ]


def _query_parameters(declared: Operation) -> list[dict[str, Any]]:
    if declared.query is None:
        return []
    # Inlined: a parameter has its own schema, not a property of one.
    schema = declared.query.model_json_schema(ref_template=_SCHEMAS + "{model}")
    parameters = []
    for name, member in schema["properties"].items():
        said = {key: value for key, value in member.items() if key not in {"description", "title", "examples"}}
        parameter = {"name": name, "in": "query", "description": member["description"], "schema": _without_null(said)}
        if "examples" in member:
            parameter["example"] = member["examples"][0]
        parameters.append(parameter)
    return parameters


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """An address cannot say null: the parameter is left out."""
    ways = [way for way in schema.get("anyOf", ()) if way != {"type": "null"}]
    if len(ways) != 1:
        return schema
    kept = {key: value for key, value in schema.items() if key != "anyOf" and (key, value) != ("default", None)}
    return {**kept, **ways[0]}


def _header_parameters(declared: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}
        for name, description in declared.request_headers.items()
    ]


def _success(declared: Operation, schemas: Mapping[type[BaseModel], dict[str, Any]]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": "Done."}
    if declared.sheet is not None:
        described = {"description": "The file.", "content": {declared.sheet.media_type: _FILES[declared.sheet]}}
    elif declared.answer is not None:
        described = {
            "description": (declared.answer.__doc__ or "").strip(),
            "content": {"application/json": {"schema": schemas[declared.answer]}},
        }
    if declared.answer_headers:
        described["headers"] = {
            name: {"description": description, "schema": {"type": "string"}}
            for name, description in declared.answer_headers.items()
        }
    return described


def _failures(declared: Operation, schemas: Mapping[type[BaseModel], dict[str, Any]]) -> dict[str, Any]:
    by_status: dict[HTTPStatus, list[str]] = {}
    for code in declared.codes:
        by_status.setdefault(CATALOGUE[code].status, []).append(code)
    return {
        str(int(status)): {
            "description": "\n".join(f"`{code}`: {CATALOGUE[code].when}" for code in codes),
            "content": {
                "application/json": {
                    "schema": schemas[ErrorAnswer],
                    "examples": {code: {"value": _example(code)} for code in codes},
                }
            },
        }
        for status, codes in sorted(by_status.items())
    }


def _example(code: str) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": CATALOGUE[code].when}
    fields = CATALOGUE[code].fields
    if fields:
        error["fields"] = dict(fields)
    return {"error": error}
