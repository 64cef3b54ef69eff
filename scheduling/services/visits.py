"""Free slots for a visit that belongs to no plan, and booking the one chosen as it was shown."""

from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext as _

from clinic.models import User
from patients.models import Patient
from scheduling.engine.offers import OUTSIDE_DAYS
from scheduling.engine.terms import Offer, Slot
from scheduling.engine.visits import visit_slots
from scheduling.models import Appointment, Kind, Practitioner, Room, Site
from scheduling.selectors.local_time import instant
from scheduling.selectors.looking import EVERYWHERE, Look, spread
from scheduling.selectors.visits import Visit, visit_request
from scheduling.services.booking import book_appointment
from scheduling.services.proposing import VALID_FOR
from scheduling.services.refusals import Refused, SlotTaken, Stale

SALT = "cadenza.visit"


@dataclass(frozen=True, slots=True)
class VisitOffers:
    """Free slots, best first, each with the signed text that books exactly it; and where to look further.

    `prefers` is the practitioner the patient would rather have, `later` the local day from which on to look next.
    """

    offers: tuple[Offer, ...]
    tokens: list[str]
    prefers: int | None
    later: date


def visit_offers(*, patient: Patient, site: Site, visit: Visit, now: datetime, look: Look = EVERYWHERE) -> VisitOffers:
    """The best free slots for a visit of `patient` at `site`. At most nine queries."""
    request = visit_request(patient, site, visit, now)
    ranked = visit_slots(request, look.only())
    found = spread(ranked, look)
    last = max((offer.slot.day for offer in found), default=request.sittings[0].latest + timedelta(days=OUTSIDE_DAYS))
    tokens = [seal_visit(patient, visit.kind, offer.slot) for offer in found]
    return VisitOffers(found, tokens, request.preference.practitioner, last + timedelta(days=1))


def seal_visit(patient: Patient, kind: Kind, slot: Slot) -> str:
    """A slot for a patient and a kind of visit as a signed text for a form."""
    _day, *rest = astuple(slot)
    return signing.dumps([patient.pk, kind.value, slot.day.toordinal(), *rest], salt=SALT, compress=True)


def book_visit(*, patient: Patient, token: str, by: User, now: datetime, key: UUID | None = None) -> Appointment:
    """Books the sealed slot. Raises SlotTaken when it is no longer free, Stale when the text is too old, Refused."""
    kind, slot = _unseal(patient, token)
    practitioner = Practitioner.objects.filter(pk=slot.practitioner, active=True).first()
    room = Room.objects.select_related("site").filter(pk=slot.room, active=True).first()
    if practitioner is None or room is None:
        raise Stale(_("The practitioner or the room is gone: here are fresh slots."))
    starts = instant(slot.day, slot.start, room.site.zone)
    if starts < now:
        raise SlotTaken(_("That slot is over by now."))
    return book_appointment(
        patient=patient,
        kind=kind,
        practitioner=practitioner,
        room=room,
        starts=starts,
        minutes=slot.minutes,
        by=by,
        now=now,
        key=key,
    )


def _unseal(patient: Patient, token: str) -> tuple[str, Slot]:
    try:
        whose, kind, day, *rest = signing.loads(token, salt=SALT, max_age=VALID_FOR)
    except signing.SignatureExpired:
        raise Stale(_("This page is more than an hour old: here are fresh slots.")) from None
    except signing.BadSignature:
        raise Refused(_("This slot cannot be read: choose again.")) from None
    if whose != patient.pk:
        raise Refused(_("This slot was offered to somebody else: choose again."))
    return kind, Slot(date.fromordinal(day), *rest)
