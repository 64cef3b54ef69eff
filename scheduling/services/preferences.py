"""Keeping what suits a patient for booking."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from patients.models import Patient
from scheduling.models import BookingPreference, UnavailableDates
from scheduling.selectors.preferences import Wishes, wishes_of
from scheduling.services.refusals import Stale


@transaction.atomic
def save_preference(*, patient: Patient, wishes: Wishes, version: int, today: date) -> BookingPreference:
    """Replaces what suits `patient` as seen at `version`, Stale when it changed since; dates before `today` stay."""
    Patient.objects.select_for_update().get(pk=patient.pk)  # one writer at a time, also for the first save
    if wishes_of(patient, today).version != version:
        raise Stale(_("Somebody else changed these preferences meanwhile."))
    UnavailableDates.objects.filter(patient=patient, last__gte=today).delete()
    UnavailableDates.objects.bulk_create(
        UnavailableDates(patient=patient, first=first, last=last) for first, last in wishes.unavailable
    )
    preference, _created = BookingPreference.objects.update_or_create(
        patient=patient,
        defaults={
            "weekdays": list(wishes.weekdays),
            "from_time": wishes.from_time,
            "until_time": wishes.until_time,
            "practitioner_id": wishes.practitioner,
        },
    )
    return preference
