"""The lanes and their devices, the desk beside them, and the rules by which cards and passes open lanes."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from kiosk.config.base import DriverSettings, Section, TimeOfDay
from kiosk.domain.access import Direction
from kiosk.domain.card_numbers import CardNumberFormat, UidOrder
from kiosk.domain.passback import PassbackMode, PassbackPolicy


class PassbackSettings(Section):
    """Anti-passback: a card that has let somebody in is not handed back to let in the next."""

    timed: PassbackMode = Field(
        PassbackMode.OFF, description="The same card again at this lane within `timed_s`: `off`, `soft` or `hard`."
    )
    timed_s: Annotated[float, Field(gt=0, le=86_400)] = Field(300.0, description="How long that is too soon, seconds.")
    entering: PassbackMode = Field(
        PassbackMode.OFF, description="A card on the way in whose holder is inside the lane's zone."
    )
    leaving: PassbackMode = Field(
        PassbackMode.OFF, description="A card on the way out whose holder is outside the lane's zone."
    )

    @property
    def policy(self) -> PassbackPolicy:
        """The same for the rules."""
        return PassbackPolicy(self.timed, self.timed_s, self.entering, self.leaving)


class FirstCardSettings(Section):
    """Closed to everybody else until somebody of a group has come."""

    group: Annotated[str, Field(min_length=1, max_length=32)] = Field(description="The group of cards it awaits.")
    until: TimeOfDay = Field(time(0, 0), description="Local time at which it awaits the next first card.")


class LaneSettings(Section):
    """One way through the gate and its devices. A device that is not named does not exist."""

    direction: Direction = Field(description="`in`, `out` or `both`.")
    relay: DriverSettings = Field(description="The barrier's relay.")
    inputs: DriverSettings | None = Field(None, description="Exit button, gate contact, fire, loop detector.")
    reader: DriverSettings | None = Field(None, description="The card reader.")
    camera: DriverSettings | None = Field(None, description="The camera.")
    decoder: DriverSettings = Field(
        default_factory=lambda: DriverSettings(driver="zxing"), description="What reads QR codes from the camera."
    )
    pulse_s: Annotated[float, Field(gt=0, le=10)] = Field(1.0, description="How long the relay is energised, seconds.")
    held_s: Annotated[float, Field(gt=0, le=3600)] = Field(
        30.0, description="Seconds that the gate may stand open after it was opened; longer is an alarm."
    )
    vehicle_s: Annotated[float, Field(gt=0, le=600)] = Field(
        60.0,
        description="Seconds for which a vehicle on the loop detector keeps the lane from closing at most; then it "
        "closes, and that is an alarm.",
    )
    budget_ms: Annotated[float, Field(gt=0, le=5000)] = Field(
        300.0,
        description="Milliseconds from a card or code to the relay that 95 of 100 keep to; a slower day is a warning.",
    )
    card_number: CardNumberFormat = Field(
        CardNumberFormat.HEX,
        description="How the number printed on the fobs of this reader is made from the UID, shown beside it: `hex`, "
        "`decimal`, `wiegand-26`, `wiegand-34`, each also with `-reversed` behind it.",
    )
    uid_order: UidOrder = Field(
        UidOrder.AS_TOLD,
        description="`reversed` for a reader that tells a UID from its last byte to its first, so that a card is the "
        "same one at every reader.",
    )
    zone: Annotated[str, Field(max_length=32)] = Field(
        "", description="The zone that it leads into and out of; empty: nobody keeps account of who is inside by card."
    )
    passback: PassbackSettings = PassbackSettings()
    first_card: FirstCardSettings | None = Field(
        None, description="Closed until a card of a group has opened it; unset: open to every good card."
    )
    interlock: Annotated[str, Field(max_length=32)] = Field(
        "", description="Name of its interlock: of the lanes that share one, only one stands open at a time."
    )

    @model_validator(mode="after")
    def _passback_needs_a_zone(self) -> LaneSettings:
        by_zone = {self.passback.entering, self.passback.leaving} != {PassbackMode.OFF}
        if by_zone and not self.zone:
            raise ValueError("`passback.entering` and `passback.leaving` need a `zone`")
        return self

    @property
    def follows_cards(self) -> bool:
        """Whether the last passage of each card through it is kept."""
        return bool(self.zone) or self.passback.timed is not PassbackMode.OFF


class DeskSettings(Section):
    """The desk in the hut, where cards are shown and open nothing."""

    reader: DriverSettings | None = Field(None, description="The card reader at the desk; it opens nothing.")
    uid_order: UidOrder = Field(UidOrder.AS_TOLD, description="As for a lane's reader.")


class PrinterSettings(DriverSettings):
    """The receipt printer."""

    job_ttl_s: Annotated[float, Field(gt=0, le=86_400)] = Field(
        180.0, description="A receipt not printed for this long lapses: a printer that comes back prints no flood."
    )


class DesfireSettings(Section):
    """The application by which this estate's DESFire cards prove themselves."""

    aid: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{6}$")] = Field(
        description="The application's identifier, six hex digits, most significant first."
    )
    key_no: Annotated[int, Field(ge=0, le=13)] = Field(
        1, description="Number of the AES key in that application by which a card proves itself."
    )
    system_id: Annotated[str, Field(max_length=18, pattern=r"^[ -~]*$")] = Field(
        "Gatehouse",
        description="Text that goes into every card's own key after its UID and the AID (NXP AN10922); up to 18 "
        "letters and digits.",
    )


class CardSettings(Section):
    """What is asked of IC cards."""

    identify_only_opens: bool = Field(
        default=True,
        description="Whether cards that can be copied (UID only, MIFARE Classic) open a lane alone. False: only "
        "DESFire cards that prove themselves do.",
    )
    desfire: DesfireSettings | None = Field(
        None, description="The DESFire cards' application; without it no card is asked to prove itself."
    )


class AccessSettings(Section):
    """The rules that hold at every lane."""

    unconfirmed_clock_opens: bool = Field(
        default=False,
        description="Whether what is good for a time only opens the way in while nothing has set the clock since "
        "power-up. For a box whose own clock has a battery. A clock that is earlier than the journal opens nothing.",
    )
    household_exits_per_day: Annotated[int, Field(ge=0, le=100)] | None = Field(
        None, description="How often the cards of one unit let out in a day; unset: as often as they like."
    )
    forgive_passback_at: TimeOfDay | None = Field(
        None, description="Local time at which nobody is taken to be inside or outside by card any more; unset: never."
    )
    holidays_file: Path | None = Field(
        None,
        description="Calendar of public holidays: an iCalendar file as governments publish it. Unset: every day has "
        "the hours of its weekday.",
    )
