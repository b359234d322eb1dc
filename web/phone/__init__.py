"""The visit's form on the visitor's own phone: opened by a code that the touchscreen shows, handed back by another.

It is all that a phone in the estate's network can open without a login, and it shows nothing but what the phone itself
has sent, and the directory's addresses.
"""

from __future__ import annotations

from web.phone import form, opening  # noqa: F401 - each adds its routes
from web.phone.session import bp

__all__ = ["bp"]
