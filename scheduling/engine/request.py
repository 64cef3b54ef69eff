"""What is asked of the cycle search."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from scheduling.engine.rules import Weights
from scheduling.engine.terms import Diary, DueSitting, InDemand, Preference, Slot

USEFUL_MINUTES = 15
"""The shortest gap that is of use, unless a site says otherwise."""


@dataclass(frozen=True, slots=True)
class CycleRequest:
    """The sittings to place into a diary, each `minutes` long, and all that the choice depends on.

    `previous` is the local day of the last sitting given or booked before these; without it the first sitting's own
    window holds. Nothing starts before `not_before` (local day, minute). `fixed` slots stand, by sitting number.
    `practitioners` are those with the skill (None: all of the diary); `others` have it too but were left out by
    choice, and are tried as a way out. No sitting falls on the day ordinals of `keep_clear` (another plan on the same
    area is too close) or of `therapies` (a complementary therapy is), nor starts before `readable_from` (local day,
    minute), when the sensitivity test can be read. `visits` are the patient's sittings of other plans, on other areas,
    beside which a sitting saves a visit. `popular` are the hours in demand. A gap under `useful_minutes` is too short
    to use. The fixed slots in `pinned` were chosen by hand: they do not count for the usual weekday and time that the
    rest keeps to, nor as a change of practitioner. Sittings in `present` have a slot that they may leave, for `leaving`
    points each; staying in it needs no free time, and what it costs is no reason to leave it.
    """

    sittings: tuple[DueSitting, ...]
    diary: Diary
    minutes: int
    preference: Preference = field(default_factory=Preference)
    previous: date | None = None
    not_before: tuple[date, int] | None = None
    fixed: Mapping[int, Slot] = field(default_factory=dict)
    practitioners: frozenset[int] | None = None
    plan_practitioner: int | None = None
    keep_clear: frozenset[int] = frozenset()
    therapies: frozenset[int] = frozenset()
    readable_from: tuple[date, int] | None = None
    visits: tuple[Slot, ...] = ()
    weights: Weights = field(default_factory=Weights)
    others: frozenset[int] = frozenset()
    popular: tuple[InDemand, ...] = ()
    useful_minutes: int = USEFUL_MINUTES
    pinned: frozenset[int] = frozenset()
    present: Mapping[int, Slot] = field(default_factory=dict)
    leaving: int = 0

    def __post_init__(self) -> None:
        if not self.sittings:
            raise ValueError("There is no sitting to place.")
        if self.minutes < 1:
            raise ValueError(f"A sitting takes at least 1 minute, not {self.minutes}.")

    @property
    def standing(self) -> dict[int, Slot]:
        """The slots that sittings have already, to be kept or to be left, by sitting number."""
        return {**self.present, **self.fixed}

    @property
    def bookable(self) -> tuple[int, ...]:
        """The practitioners who may treat and have hours in the diary, in order of id."""
        skilled = (
            self.diary.hours.keys() if self.practitioners is None else self.practitioners & self.diary.hours.keys()
        )
        return tuple(sorted(skilled))
