"""What every section of the settings has in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Section(BaseModel):
    """A table of the file: unknown names are problems, values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def is_plain_name(name: str, longest: int) -> bool:
    """Tell whether a name that people give to a part is of letters, digits and dashes."""
    return name.isascii() and name.replace("-", "").isalnum() and len(name) <= longest


class DriverSettings(BaseModel):
    """A device: the driver's name and the driver's own options."""

    model_config = ConfigDict(frozen=True, extra="allow")

    driver: str = Field(description="Name of the driver.")

    @property
    def options(self) -> Mapping[str, Any]:
        """Everything beside the driver's name."""
        return dict(self.__pydantic_extra__ or {})


def _time_of_day(value: object) -> object:
    if isinstance(value, int | float):
        # Pydantic would take a number for seconds since midnight, and it hears ValueErrors only.
        raise ValueError("write a time of day, as in 04:00:00")  # noqa: TRY004
    return value


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
