"""The number of an identity document as forms ask for it, at the touchscreen and at the panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from kiosk.domain.documents import Document, DocumentKind, DocumentReason

MOST_TYPED: Final = 40
"""Of a number with its spaces and dashes; the longest has 20 characters."""

DOCUMENT_KINDS: Final[Mapping[DocumentKind, LazyString]] = {
    DocumentKind.HONG_KONG: _("Hong Kong identity card"),
    DocumentKind.MAINLAND: _("Mainland identity card"),
    DocumentKind.OTHER: _("Passport or other"),
}
DOCUMENT_REASONS: Final[Mapping[DocumentReason, LazyString]] = {
    DocumentReason.INCIDENT: _("An incident is looked into"),
    DocumentReason.POLICE: _("The police ask for it"),
    DocumentReason.CHECK: _("To check what was typed"),
    DocumentReason.HOLDER: _("Its holder asks for it"),
}


def document_from(form: Mapping[str, str]) -> Document | None:
    """The number, of the kind that was chosen beside it, as it was typed; None where nothing was."""
    number, kind = form.get("document", "").strip()[:MOST_TYPED], form.get("document_kind", "")
    known = DocumentKind(kind) if kind in set(DocumentKind) else DocumentKind.OTHER
    return Document(known, number) if number else None
