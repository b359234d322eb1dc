"""Fixtures for every test: the browser is here, and in no test module, because only one of it can run at a time."""

from __future__ import annotations

from tests.support.browser import browser, page

__all__ = ["browser", "page"]
