"""What suits a patient, read as one value: it spans several rows, and is seen and changed as a whole."""

import zlib
from dataclasses import astuple, dataclass
from datetime import date, time

from patients.models import Patient
from scheduling.models import BookingPreference, UnavailableDates


@dataclass(frozen=True, slots=True)
class Wishes:
    """Days (0 is Monday, none is any), local hours, practitioner; `unavailable` has first and last days, included."""

    weekdays: tuple[int, ...] = ()
    from_time: time | None = None
    until_time: time | None = None
    practitioner: int | None = None
    unavailable: tuple[tuple[date, date], ...] = ()

    @property
    def version(self) -> int:
        """A checksum of the whole: another one means that somebody changed something."""
        return zlib.crc32(repr(astuple(self)).encode())


def wishes_of(patient: Patient, today: date) -> Wishes:
    """What suits `patient`, with the unavailable dates that end `today` (local) or later."""
    away = UnavailableDates.objects.filter(patient=patient, last__gte=today).order_by("first", "last")
    unavailable = tuple(away.values_list("first", "last"))
    preference = BookingPreference.objects.filter(patient=patient).first()
    if preference is None:
        return Wishes(unavailable=unavailable)
    return Wishes(
        tuple(preference.weekdays),
        preference.from_time,
        preference.until_time,
        preference.practitioner_id,
        unavailable,
    )
