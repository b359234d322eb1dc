"""How an operation is declared: once, for the router, for the check of its input and for the document.

The view's docstring is the operation's description; its first line the summary. The view is called with the path's
parts by name, and with `body` and `query` as their models where the operation has them.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, g, request
from pydantic import BaseModel

from kiosk.services.accounts import ApiKey
from kiosk.services.export import SheetFormat
from web.api.exports import HOW_WRITTEN, ListExport
from web.api.inputs import NoQuery
from web.api.requests import authenticate, check_body, check_query, read_body

bp: Final = Blueprint("api", __name__, url_prefix="/api/v1")

OPERATIONS: Final[list[Operation]] = []
"""Every operation of the API, in the order of the document."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A view's answer where it has headers of its own."""

    answer: BaseModel
    headers: Mapping[str, str]


Answer = BaseModel | Reply | Response | None
View = Callable[..., Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path.

    Attributes:
        rule: below the API's prefix, in Flask's notation.
        answer: the model of the success; None for an answer without content.
        errors: codes of `web.api.catalogue.CATALOGUE` that are this operation's own; those that come with a key,
            a body or a query are added by `codes`.
        is_open: whoever asks is answered, key or not.
        request_headers, answer_headers: name and description of each.
        sheet: the format of the file that is answered in place of JSON.
    """

    name: str
    method: str
    rule: str
    summary: str
    description: str
    tag: str
    status: HTTPStatus
    answer: type[BaseModel] | None
    body: type[BaseModel] | None
    needs_body: bool
    query: type[BaseModel] | None
    errors: tuple[str, ...]
    is_open: bool
    request_headers: Mapping[str, str] = field(default_factory=dict)
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    sheet: SheetFormat | None = None

    @property
    def path(self) -> str:
        """The rule in OpenAPI's notation."""
        return re.sub(r"<(\w+)>", r"{\1}", self.rule)

    @property
    def path_parts(self) -> list[str]:
        """The names of the variable parts of the path."""
        return re.findall(r"<(\w+)>", self.rule)

    @property
    def codes(self) -> list[str]:
        """Every error code this operation can answer with."""
        codes = [] if self.is_open else ["unauthorized"]
        if self.body is not None:
            codes += ["bad-json", "too-large", "unsupported-media-type"]
        if not self.is_open:
            codes.append("invalid")
        return [*codes, *self.errors, "store-busy", "internal"]


def operation(
    method: str,
    rule: str,
    *,
    tag: str,
    answer: type[BaseModel] | None,
    status: HTTPStatus = HTTPStatus.OK,
    body: type[BaseModel] | None = None,
    needs_body: bool = True,
    query: type[BaseModel] | None = None,
    errors: tuple[str, ...] = (),
    is_open: bool = False,
    request_headers: Mapping[str, str] | None = None,
    answer_headers: Mapping[str, str] | None = None,
    exports: str = "",
) -> Callable[[View], View]:
    """Declare a view to be an operation; see `Operation` for the arguments.

    A list whose name is given as `exports` can be had whole as a file too: the same address with `.csv` or `.xlsx`, the
    same query without `limit` and `cursor`. Its answer has `items` and `next`; its files and the journal bear the name.
    """

    def declare(view: View) -> View:
        summary, _, description = (inspect.getdoc(view) or "").partition("\n\n")
        declared = Operation(
            name=view.__name__, method=method, rule=rule,
            summary=summary.rstrip("."), description=_unwrapped(description),
            tag=tag, status=status, answer=answer, body=body, needs_body=needs_body, query=query, errors=errors,
            is_open=is_open, request_headers=request_headers or {}, answer_headers=answer_headers or {},
        )  # fmt: skip
        _serve(declared, view)
        if exports:
            for form in SheetFormat:
                _serve(*_as_file(declared, view, form, exports))
        return view

    return declare


def caller() -> ApiKey:
    """The key of the program that asks."""
    key: ApiKey = g.api_key
    return key


def canonical_body() -> bytes:
    """The body of the present request as canonical JSON: equal for requests that say the same."""
    canonical: bytes = g.canonical_body
    return canonical


def _serve(declared: Operation, view: View) -> None:
    OPERATIONS.append(declared)

    @functools.wraps(view)
    def respond(**parts: str) -> Response:
        return _respond(declared, view, parts)

    bp.add_url_rule(declared.rule, declared.name, respond, methods=[declared.method])


def _as_file(listed: Operation, view: View, form: SheetFormat, list_name: str) -> tuple[Operation, View]:
    if listed.answer is None or listed.query is None:
        raise TypeError(f"{listed.name} is no list")
    export = ListExport(list_name, view, listed.query, listed.answer)

    def send(**arguments: Any) -> Response:
        return export.send(form, arguments, actor=caller().actor)

    too_many = ("too-many-rows",) if form is SheetFormat.XLSX else ()
    declared = replace(
        listed, name=f"{listed.name}_as_{form.value}", rule=f"{listed.rule}.{form.value}",
        summary=f"{listed.summary.partition(',')[0]}, as a file ({form.value.upper()})", description=HOW_WRITTEN[form],
        answer=None, query=export.narrowing, errors=(*listed.errors, "too-many-exports", *too_many),
        answer_headers={"Content-Disposition": "The file's name."}, sheet=form,
    )  # fmt: skip
    return declared, send


def _unwrapped(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _respond(declared: Operation, view: View, parts: Mapping[str, str]) -> Response:
    if not declared.is_open:
        g.api_key = authenticate()
    arguments: dict[str, Any] = dict(parts)
    if declared.query is not None:
        arguments["query"] = check_query(declared.query, request)
    elif not declared.is_open:
        check_query(NoQuery, request)
    if declared.body is not None:
        g.canonical_body = read_body(request, required=declared.needs_body)
        arguments["body"] = check_body(declared.body, g.canonical_body)
    return _write(declared, view(**arguments))


def _write(declared: Operation, answer: Answer) -> Response:
    if isinstance(answer, Response):
        return answer
    if answer is None:
        return Response(status=declared.status)
    model, headers = (answer.answer, answer.headers) if isinstance(answer, Reply) else (answer, {})
    text = model.model_dump_json(by_alias=True)
    return Response(text, declared.status, headers, content_type="application/json")
