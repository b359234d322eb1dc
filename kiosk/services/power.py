"""Shutting the box down from the touchscreen, by the service manager, where the estate has allowed it.

`systemctl poweroff` asks logind, which asks polkit: `systemd/gatehouse-poweroff.rules` lets the service's own user do
that and nothing else. Without the rule it is refused, and said.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Callable
from typing import Final

from kiosk.store.database import Store

log = logging.getLogger(__name__)

LIMIT_S: Final = 10.0
_PROGRAM: Final = "systemctl"


class Power:
    """The box's power. Safe to use from any thread; blocks for as long as the service manager takes to answer."""

    def __init__(self, store: Store, *, is_allowed: bool, which: Callable[[str], str | None] = shutil.which) -> None:
        """`is_allowed`: the settings let the touchscreen do it at all."""
        self._store = store
        self._program = which(_PROGRAM) if is_allowed else None

    @property
    def may_shut_down(self) -> bool:
        """Whether the touchscreen may ask for it here."""
        return self._program is not None

    def shut_down(self, *, actor: str) -> bool:
        """Ask for it; False when the service manager refuses. What was asked for is journalled first."""
        if self._program is None:
            return False
        with self._store.write() as transaction:
            transaction.record(actor, "system.shut_down", {})
        try:
            subprocess.run(  # noqa: S603 - no shell, and nothing typed in it
                [self._program, "--no-ask-password", "poweroff"], capture_output=True, timeout=LIMIT_S, check=True
            )
        except (OSError, subprocess.SubprocessError) as error:
            with self._store.write() as transaction:
                transaction.record(actor, "system.shut_down_failed", {})
            log.warning("the box cannot be shut down from here: %s", type(error).__name__)
            return False
        return True
