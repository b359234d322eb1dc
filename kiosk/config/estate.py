"""The estate, and where the box serves and keeps its data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from kiosk.config.base import Section


class EstateSettings(Section):
    """The estate this gate belongs to."""

    name_zh_hant: str = Field("示範花園", description="Name in Traditional Chinese.")
    name_zh_hans: str = Field("示范花园", description="Name in Simplified Chinese.")
    name_en: str = Field("Demo Garden", description="Name in English.")
    assembly_point_zh_hant: str = Field("", description="Where people meet in a fire, in Traditional Chinese.")
    assembly_point_zh_hans: str = Field("", description="The same in Simplified Chinese.")
    assembly_point_en: str = Field("", description="The same in English.")
    timezone: str = Field("Asia/Hong_Kong", description="The zone in which people read times (IANA name).")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(f"there is no time zone {value!r}") from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The estate's time zone."""
        return ZoneInfo(self.timezone)


class ServerSettings(Section):
    """Where the pages are served."""

    host: str = Field("127.0.0.1", description="Address to listen on; the panel's tablets need the LAN's.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(8080, description="Port to listen on.")


class StoreSettings(Section):
    """Where data and keys lie."""

    data: Path | None = Field(None, description="Data directory; `--data` on the command line goes before it.")
    key_file: Path | None = Field(
        None,
        description="File with the sealing key, outside the data directory. Unset: systemd's credential "
        "`sealing-key`, else a file beside the data directory.",
    )
