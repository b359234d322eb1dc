"""Wires what decides about cards and codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.domain.interlock import Interlock
from kiosk.services.admission import Admission, Faults
from kiosk.services.credential_facts import CredentialRecords
from kiosk.services.hours import Hours
from kiosk.services.lane_rules import LaneRules, interlocks_of
from kiosk.services.lane_states import LaneStates
from kiosk.services.pass_keys import PassKeys
from kiosk.services.passages import Passages, PassbackService
from kiosk.services.pre_registration import PreRegistrations
from kiosk.services.register import Register
from kiosk.services.time_profiles import TimeProfileService
from kiosk.store.database import Store


@dataclass(frozen=True, slots=True)
class Access:
    """What decides about cards and codes, and what it goes by."""

    admission: Admission
    records: CredentialRecords
    rules: LaneRules
    expected: PreRegistrations
    states: LaneStates
    interlocks: Mapping[str, Interlock]
    passback: PassbackService
    hours: Hours
    time_profiles: TimeProfileService


def wire_access(
    settings: Settings, store: Store, clock: Clock, keys: PassKeys, register: Register, *, faults: Faults
) -> Access:
    """Wire what decides about cards and codes."""
    zone = settings.estate.zone
    interlocks = interlocks_of(settings.lanes)
    states = LaneStates(store, settings.lanes, zone)
    states.load()
    passages = Passages(settings.lanes, settings.access.household_exits_per_day, zone)
    hours, time_profiles = Hours(zone, settings.access.holidays_file), TimeProfileService(store)
    hours.reread()
    records = CredentialRecords(settings.cards, passages, hours, time_profiles)
    rules = LaneRules(settings.lanes, settings.access, states, interlocks)
    admission = Admission(
        store, clock, keys, register,
        records=records, rules=rules, states=states, passages=passages, faults=faults,
    )  # fmt: skip
    return Access(
        admission, records, rules, PreRegistrations(records, rules), states, interlocks, PassbackService(store, zone),
        hours, time_profiles,
    )  # fmt: skip
