"""Further rows of every model in the administration, each with all that it needs, for lists that must stay quick."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.contrib.auth.models import Group

from clinic.models import User
from patients.models import Patient
from scheduling.models import (
    Absence,
    Appointment,
    Area,
    Batch,
    BookingKey,
    BookingPreference,
    BookingWeights,
    Closure,
    CycleRepeat,
    DoNotContact,
    EarlierWish,
    Equipment,
    ExtraHours,
    FreedSlot,
    Move,
    PopularHours,
    Practitioner,
    Protocol,
    RangeDecision,
    RecallAttempt,
    Reservation,
    Room,
    Site,
    Sitting,
    Skill,
    SlotOffer,
    TreatmentPlan,
    UnavailableDates,
    WorkingHours,
)

FIRST_DAY = datetime(2028, 1, 3, 8, tzinfo=UTC)
DAY, TWENTY_MINUTES = timedelta(days=1), timedelta(minutes=20)
SHORT = {"position": 1, "count": 1, "every": 1, "unit": "week", "early": 2, "late": 3, "minimum_gap": 4}


@dataclass(frozen=True)
class Another:
    """What the n-th further row is made of, each part its own; `like` is the key of the row that is there already."""

    n: int
    like: int

    @property
    def day(self) -> datetime:
        return FIRST_DAY + self.n * DAY

    @property
    def key(self) -> UUID:
        return UUID(int=self.n)

    def user(self) -> User:
        return User.objects.create(username=f"user-{self.n}")

    def patient(self) -> Patient:
        return Patient.objects.create(surname=f"S{self.n}", given_name="G", birth_date=date(1980, 1, 1), sex="F")

    def site(self) -> Site:
        return Site.objects.create(name=f"Site {self.n}")

    def room(self, site: Site) -> Room:
        return Room.objects.create(site=site, name=f"Room {self.n}")

    def practitioner(self, site: Site) -> Practitioner:
        treats = Practitioner.objects.create(
            user=User.objects.create(username=f"practitioner-{self.n}"), name=f"Dr {self.n}"
        )
        treats.sites.add(site)
        return treats

    def plan(self) -> TreatmentPlan:
        site = self.site()
        return TreatmentPlan.objects.create(
            patient=self.patient(),
            protocol=Protocol.objects.exclude(key="weekly-with-recalls")[self.n % 4],
            site=site,
            practitioner=self.practitioner(site),
            start_date=self.day.date(),
        )

    def sitting(self) -> Sitting:
        plan, day = self.plan(), self.day
        phase = plan.phases.create(purpose="induction", **SHORT)
        return Sitting.objects.create(plan=plan, phase=phase, number=1, gap=0, ideal=day, earliest=day, latest=day)

    def booking(self) -> BookingKey:
        return BookingKey.objects.create(key=self.key, made_by=self.user(), made_at=self.day)

    def appointment(self) -> Appointment:
        site, ends = self.site(), self.day + TWENTY_MINUTES
        return Appointment.objects.create(
            patient=self.patient(), kind="review", practitioner=self.practitioner(site), room=self.room(site),
            starts=self.day, ends=ends, room_free_at=ends + timedelta(minutes=5),
        )  # fmt: skip


def _absence(row: Another) -> None:
    Absence.objects.create(practitioner=row.practitioner(row.site()), starts=row.day, ends=row.day + DAY)


def _area(row: Another) -> None:
    Area.objects.create(code=f"a{row.n}", name_en=f"a{row.n}", name_it=f"a{row.n}")


def _batch(row: Another) -> None:
    by = row.user()
    Batch.objects.create(key=row.key, made_by=by, made_at=row.day, stopped_by=by, stopped_at=row.day)


def _closure(row: Another) -> None:
    site = row.site()
    Closure.objects.create(site=site, room=row.room(site), starts=row.day, ends=row.day + DAY)


def _do_not_contact(row: Another) -> None:
    DoNotContact.objects.create(patient=row.patient(), reason="x", made_by=row.user(), made_at=row.day)


def _extra_hours(row: Another) -> None:
    site = row.site()
    ExtraHours.objects.create(
        practitioner=row.practitioner(site), site=site, day=row.day, starts=time(9), ends=time(13)
    )


def _preference(row: Another) -> None:
    BookingPreference.objects.create(patient=row.patient(), practitioner=row.practitioner(row.site()))


def _protocol(row: Another) -> None:
    protocol = Protocol.objects.get(pk=row.like)
    protocol.pk, protocol.version, protocol._state.adding = None, row.n + 100, True
    protocol.approved_by = row.user()
    protocol.save()


def _range_decision(row: Another) -> None:
    decision = RangeDecision.objects.get(pk=row.like)
    decision.pk, decision._state.adding, decision.decided_by = None, True, row.user()
    decision.save()


def _recall_attempt(row: Another) -> None:
    RecallAttempt.objects.create(plan=row.plan(), key=row.key, channel="sms", made_by=row.user(), made_at=row.day)


def _reservation(row: Another) -> None:
    plan = Reservation.objects.get(pk=row.like).plan
    Reservation.objects.create(plan=plan, booking=row.booking(), plan_version=1)


def _unavailable(row: Another) -> None:
    UnavailableDates.objects.create(patient=row.patient(), first=row.day.date(), last=row.day.date())


def _working_hours(row: Another) -> None:
    site = row.site()
    WorkingHours.objects.create(
        practitioner=row.practitioner(site), site=site, weekday=1, starts=time(9), ends=time(10)
    )


def _wish(row: Another) -> EarlierWish:
    return EarlierWish.objects.create(sitting=row.sitting(), earliest=row.day, made_by=row.user(), made_at=row.day)


def _freed(row: Another) -> FreedSlot:
    gone = row.appointment()
    return FreedSlot.objects.create(
        appointment=gone, practitioner=gone.practitioner, room=gone.room, starts=gone.starts, ends=gone.ends
    )


def _offer(row: Another) -> None:
    # A wish and a slot of people of their own, who must not have the same names.
    apart = Another(row.n + 1000, row.like)
    freed, wish, by = _freed(row), _wish(apart), row.user()
    SlotOffer.objects.create(
        freed=freed, wish=wish, appointment=freed.appointment, until=row.day, offered_by=by, offered_at=row.day
    )


MAKERS: dict[str, Callable[[Another], object]] = {
    "clinic/user": lambda row: row.user().groups.add(Group.objects.get(name="doctor")),
    "patients/patient": Another.patient,
    "scheduling/absence": _absence,
    "scheduling/appointment": Another.appointment,
    "scheduling/area": _area,
    "scheduling/batch": _batch,
    "scheduling/bookingkey": Another.booking,
    "scheduling/bookingpreference": _preference,
    "scheduling/bookingweights": lambda row: BookingWeights.objects.create(site=row.site()),
    "scheduling/closure": _closure,
    "scheduling/cyclerepeat": lambda row: CycleRepeat.objects.create(plan=row.plan(), due=row.day, made_by=row.user()),
    "scheduling/donotcontact": _do_not_contact,
    "scheduling/earlierwish": _wish,
    "scheduling/equipment": lambda row: Equipment.objects.create(site=row.site(), name=f"Gun {row.n}", delivery="gun"),
    "scheduling/extrahours": _extra_hours,
    "scheduling/freedslot": _freed,
    "scheduling/move": lambda row: Move.objects.create(booking=row.booking(), follows="alone"),
    "scheduling/popularhours": lambda row: PopularHours.objects.create(site=row.site(), starts=time(17), ends=time(19)),
    "scheduling/practitioner": lambda row: row.practitioner(row.site()),
    "scheduling/protocol": _protocol,
    "scheduling/rangedecision": _range_decision,
    "scheduling/recallattempt": _recall_attempt,
    "scheduling/reservation": _reservation,
    "scheduling/room": lambda row: row.room(row.site()),
    "scheduling/site": Another.site,
    "scheduling/sitting": Another.sitting,
    "scheduling/skill": lambda row: Skill.objects.create(code=f"s{row.n}", name_en=f"s{row.n}", name_it=f"s{row.n}"),
    "scheduling/slotoffer": _offer,
    "scheduling/treatmentplan": Another.plan,
    "scheduling/unavailabledates": _unavailable,
    "scheduling/workinghours": _working_hours,
}
"""By the address of a model in the administration, what makes a row of it."""


def multiply(address: str, like: int) -> None:
    """Makes 49 more rows of a model, by its address; `like` is the key of the row that is there."""
    for n in range(49):
        MAKERS[address](Another(n, like))
