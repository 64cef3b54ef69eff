"""The frozen values the engine takes and returns. Enums and numbers only: the interface has the words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from scheduling.engine.cadence import Cadence, Tolerance


class PhasePurpose(StrEnum):
    """What a phase is for."""

    INDUCTION = "induction"
    CONSOLIDATION = "consolidation"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class PhaseSpec:
    """A run of sittings at one cadence; `gap_before` defaults to the cadence of the phase that begins."""

    purpose: PhasePurpose
    count: int
    cadence: Cadence
    tolerance: Tolerance
    minimum_gap: int
    gap_before: Cadence | None = None
    open_ended: bool = False


@dataclass(frozen=True, slots=True)
class DueSitting:
    """One sitting to place: number over the plan from 1, ideal local date, gap rule in days, window inclusive."""

    number: int
    phase: int
    ideal: date
    gap: int
    early: int
    late: int
    minimum_gap: int
    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class SittingDates:
    """The stored story of one sitting: local dates, and the gap rule in days after the sitting before.

    `cadence` leads to this sitting from the one before; without it the gap in days is repeated. The first of its phase
    comes `gap_before` after the phase before instead, if that is set.
    """

    number: int
    ideal: date
    gap: int
    early: int
    late: int
    minimum_gap: int
    booked: date | None
    given: date | None
    skipped: bool = False
    phase: int = 0
    cadence: Cadence | None = None
    gap_before: Cadence | None = None

    @property
    def left_out(self) -> bool:
        """Whether a doctor's decision took it out of the plan's rhythm: skipped, and without days of its own."""
        return self.skipped and not self.gap and self.number > 1


@dataclass(frozen=True, slots=True)
class Slot:
    """Bookable time: local date, start in wall minutes after midnight, length in minutes, and who and what it takes."""

    day: date
    start: int
    minutes: int
    practitioner: int
    room: int
    equipment: int | None


@dataclass(frozen=True, slots=True)
class Preference:
    """What suits the patient: weekdays (Monday 0; empty is any), local minutes between, and a practitioner."""

    weekdays: frozenset[int] = frozenset()
    from_minute: int | None = None
    until_minute: int | None = None
    practitioner: int | None = None


@dataclass(frozen=True, slots=True)
class InDemand:
    """Local minutes from and until that many patients would like; with no weekday (Monday 0) on every day."""

    from_minute: int
    until_minute: int
    weekday: int | None = None


DayMasks = Mapping[int, int]
"""One int per day ordinal; bit i is the i-th cell of the grid after local midnight."""

Masks = Mapping[int, DayMasks]
"""Day masks of each resource by its id."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What is booked, as masks; a room is busy until it is clean."""

    practitioners: Masks
    rooms: Masks
    equipment: Masks


@dataclass(frozen=True, slots=True)
class Diary:
    """Everybody's time over a span of days, as bit sets of cells `grid` minutes long, local wall time.

    Only practitioners in `hours` and rooms in `rooms` (with their cleaning minutes) can be booked; with no
    equipment listed none is needed. The kinds of lost time stay apart so that a refusal can name its reason.
    """

    grid: int
    first_day: int
    last_day: int
    hours: Masks
    away: Masks
    busy: Masks
    rooms: Mapping[int, int]
    room_busy: Masks
    equipment: tuple[int, ...]
    equipment_busy: Masks
    patient_busy: DayMasks
    patient_unavailable: DayMasks


@dataclass(frozen=True, slots=True)
class Usual:
    """The weekday (Monday 0) and half-hour band (0 is midnight to 00:30) that a cycle keeps to."""

    weekday: int
    band: int


class ProposalName(StrEnum):
    """What a proposal is best at."""

    MOST_REGULAR = "most-regular"
    SOONEST_FINISH = "soonest-finish"
    PATIENT_FIRST = "patient-first"
    OTHER_TIME = "other-time"


@dataclass(frozen=True, slots=True)
class Figures:
    """What the proposal's card shows; weekday or minute is None when fewer than half of the sittings share it."""

    weekday: int | None
    minute: int | None
    mean_drift: float
    off_usual: int
    outside_window: int
    last: date
    practitioners: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A slot for every sitting in order, its cost in the weights' points, and its figures.

    `usual` is what the rest of the most regular keeps to when a slot is chosen by hand; None where that is not settled.
    """

    name: ProposalName
    slots: tuple[Slot, ...]
    cost: int
    figures: Figures
    usual: Usual | None = None


class Reason(StrEnum):
    """Why a sitting cannot be placed: the first thing that leaves nothing of its window."""

    PAST = "past"
    TEST = "test"
    APART = "apart"
    THERAPY = "therapy"
    HOURS = "hours"
    AWAY = "away"
    PATIENT = "patient"
    FULL = "full"
    ROOM = "room"
    EQUIPMENT = "equipment"
    RHYTHM = "rhythm"


class WayOutKind(StrEnum):
    """What staff can change to place a blocked sitting."""

    ASK_PATIENT = "ask-patient"
    PRACTITIONER = "practitioner"
    ANYONE = "anyone"
    WIDEN = "widen"
    START_LATER = "start-later"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class OpenedHours:
    """Time on a local day, in wall minutes, in which a practitioner would treat though they do not work then."""

    practitioner: int
    day: date
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Price:
    """What the whole cycle then costs, held against the dates it was asked for.

    `points` are of the weights, extra hours included; `drift` adds up the days of the free sittings from their ideal
    dates; `later` is the days of the last one after its ideal date (negative: before); `off_wishes` counts the
    sittings off the patient's days or hours.
    """

    points: int
    drift: int
    later: int
    off_wishes: int


@dataclass(frozen=True, slots=True)
class WayOut:
    """A change that was solved again and places the sitting, at `slot`.

    WIDEN: `days` more late (negative: early); START_LATER: `days` later; OPEN: `opened` as well. When the sitting is
    placed but a later one is then blocked, `completes` is False and there is no price.
    """

    kind: WayOutKind
    slot: Slot | None
    days: int = 0
    practitioner: int | None = None
    opened: OpenedHours | None = None
    completes: bool = True
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """No slot for one sitting: the local dates it could have had, why, and what would place it, cheapest first."""

    number: int
    earliest: date
    latest: date
    reason: Reason
    ways_out: tuple[WayOut, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A free slot for one sitting: days from its ideal (negative: early), cost, and whether its window holds it."""

    slot: Slot
    drift_days: int
    cost: int
    in_window: bool
