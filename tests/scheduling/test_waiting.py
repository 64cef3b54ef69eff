"""Who waits for an earlier slot, which freed slots fit them, and one offer at a time."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from scheduling.models import (
    Absence,
    Answer,
    Appointment,
    EarlierWish,
    Equipment,
    FreedSlot,
    Room,
    Sitting,
    SittingState,
    Skill,
    SlotOffer,
    Status,
    UnavailableDates,
)
from scheduling.selectors.freed import freed_list
from scheduling.selectors.needs import needs_of
from scheduling.selectors.slot_offers import offer_log
from scheduling.selectors.waiting import waiting_rows, wishes
from scheduling.services.booking import book_appointment, move_appointment
from scheduling.services.calling import mark_do_not_contact
from scheduling.services.refusals import KeyReused, Refused, SlotTaken, Stale
from scheduling.services.tracking import cancel_appointment
from scheduling.services.waiting import (
    accept_offer,
    close_wish,
    leave_free,
    offer_slot,
    refuse_offer,
)
from scheduling.services.wishes import Wanted, add_wish
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WEDNESDAY, THURSDAY = MONDAY + 2 * DAY, MONDAY + 3 * DAY


@pytest.fixture
def freed(practitioner, room, reception_user) -> FreedSlot:
    """Wednesday at ten, twenty minutes, cancelled by somebody."""
    taken = occupy(practitioner, room, at(WEDNESDAY, 10), 20, reception_user)
    cancel_appointment(appointment=taken, reason="patient", by=reception_user, now=NOW)
    return FreedSlot.objects.select_related("practitioner", "room__site", "equipment").get()


@pytest.fixture
def waits(site, practitioner, room, doctor_user, reception_user):
    """Makes somebody who would come earlier than noon on Thursday, or than another slot of their first sitting."""

    def make(surname: str, day: date | None = THURSDAY, hour: int = 12, start: date = MONDAY, **wanted) -> EarlierWish:
        plan = make_plan(make_patient(surname), site, doctor_user, counts=[3], practitioner=practitioner, start=start)
        sitting = plan.sittings.get(number=1)
        if day:
            book_appointment(
                patient=plan.patient, kind="sitting", sitting=sitting, practitioner=practitioner, room=room,
                starts=at(day, hour), minutes=15, by=reception_user, now=NOW,
            )  # fmt: skip
        made = add_wish(sitting=sitting, wanted=Wanted(MONDAY, **wanted), by=reception_user, now=NOW)
        return wishes().get(pk=made.pk)

    return make


def whom(site, now: datetime = NOW) -> list[list[str]]:
    """Whom each freed slot fits, in the order to ask."""
    rows = freed_list(site, now, waiting_rows(site, now)).rows
    return [[each.waiting.plan.patient.surname for each in row.fits] for row in rows]


def offer(freed, wish, by, **values) -> SlotOffer:
    return offer_slot(**{"freed": freed, "wish": wish, "key": uuid4(), "by": by, "now": NOW} | values)


def booked(wish: EarlierWish) -> list[datetime]:
    rows = Appointment.objects.filter(sitting=wish.sitting, status=Status.BOOKED)
    return list(rows.values_list("starts", flat=True))


# Whom a freed slot fits.


def test_a_cancelled_slot_fits_who_waits_with_a_later_one(site, freed, waits) -> None:
    waits("Riva")
    assert whom(site) == [["Riva"]]


def test_a_slot_an_appointment_was_moved_away_from_is_free_too(site, practitioner, room, reception_user, waits) -> None:
    waits("Riva")
    taken = occupy(practitioner, room, at(WEDNESDAY, 10), 20, reception_user)
    move_appointment(
        appointment=taken, practitioner=practitioner, room=room, equipment=None, starts=at(WEDNESDAY, 17), minutes=20,
        by=reception_user, now=NOW, version=taken.version,
    )  # fmt: skip
    assert whom(site) == [["Riva"]]


def test_the_latest_clinically_is_asked_first_then_whose_window_closes_soonest(site, freed, waits) -> None:
    waits("Serra", start=MONDAY + DAY)
    waits("Riva", hour=13)
    waits("Conti", hour=14, start=MONDAY + DAY, day=MONDAY + 4 * DAY)
    # Riva comes three days late, as Conti does; her window closes first. Serra comes two days late.
    assert whom(site) == [["Riva", "Conti", "Serra"]]


UNFIT = {
    "it is not earlier than the present slot": {"day": WEDNESDAY, "hour": 9},
    "it is only some hours earlier on the same day": {"day": WEDNESDAY, "hour": 12},
    "the window opens later": {"day": MONDAY + 9 * DAY, "start": MONDAY + 7 * DAY},
    "another weekday is wished": {"weekdays": [0, 1]},
    "a later hour is wished": {"from_time": time(11)},
    "the slot ends after the hour wished": {"until_time": time(10, 10)},
}


def test_the_same_day_at_an_hour_that_is_wished_fits(site, freed, waits) -> None:
    waits("Riva", day=WEDNESDAY, hour=16, until_time=time(12))
    assert whom(site) == [["Riva"]]


@pytest.mark.parametrize("values", UNFIT.values(), ids=UNFIT.keys())
def test_a_freed_slot_does_not_fit_when(site, freed, waits, values) -> None:
    waits("Riva", **values)
    assert whom(site) == []


def test_a_slot_before_the_day_they_can_come_from_does_not_fit(site, freed, waits, reception_user) -> None:
    wish = waits("Riva")
    add_wish(sitting=wish.sitting, wanted=Wanted(THURSDAY), by=reception_user, now=NOW)
    assert whom(site) == []
    assert EarlierWish.objects.count() == 1


def test_a_slot_too_short_for_the_plan_does_not_fit(site, freed, waits) -> None:
    wish = waits("Riva")
    plan = wish.sitting.plan
    plan.minutes = 25
    plan.save()
    assert whom(site) == []


def test_a_practitioner_who_is_not_trained_for_the_technique_does_not_fit(site, freed, waits) -> None:
    plan = waits("Riva").sitting.plan
    plan.technique = "nappage"
    plan.save()
    assert whom(site) == []
    freed.practitioner.skills.add(Skill.objects.get(code="nappage"))
    assert whom(site) == [["Riva"]]


def test_neither_days_a_patient_is_away_nor_their_other_appointments_fit(site, freed, waits, reception_user) -> None:
    first, second = waits("Riva"), waits("Serra", hour=13)
    UnavailableDates.objects.create(patient=first.sitting.plan.patient, first=WEDNESDAY, last=WEDNESDAY)
    assert whom(site) == [["Serra"]]
    other, elsewhere = make_practitioner("Dr Neri", site), Room.objects.create(site=site, name="Room 2")
    occupy(other, elsewhere, at(WEDNESDAY, 9, 50), 15, reception_user, second.sitting.plan.patient)
    assert whom(site) == []


def test_a_slot_taken_again_lost_or_over_is_no_longer_shown(
    site, freed, waits, practitioner, room, reception_user
) -> None:
    waits("Riva")
    again = occupy(practitioner, room, at(WEDNESDAY, 10, 5), 15, reception_user, make_patient("Neri"))
    assert whom(site) == []
    cancel_appointment(appointment=again, reason="patient", by=reception_user, now=NOW)
    assert whom(site) == [["Riva"], ["Riva"]]
    assert whom(site, at(WEDNESDAY, 11)) == []
    Absence.objects.create(practitioner=practitioner, starts=at(WEDNESDAY, 8), ends=at(WEDNESDAY, 20))
    assert whom(site) == []


def test_a_slot_left_free_and_one_freed_twice_are_shown_once_or_not_at_all(
    site, freed, waits, practitioner, room, reception_user
) -> None:
    waits("Riva")
    again = occupy(practitioner, room, at(WEDNESDAY, 10), 20, reception_user, make_patient("Neri"))
    cancel_appointment(appointment=again, reason="patient", by=reception_user, now=NOW)
    assert whom(site) == [["Riva"]]
    leave_free(freed=FreedSlot.objects.latest("pk"), by=reception_user, now=NOW)
    assert whom(site) == []


def test_a_slot_whose_equipment_is_taken_meanwhile_is_no_longer_shown(
    site, practitioner, room, reception_user, waits
) -> None:
    gun = Equipment.objects.create(site=site, name="Gun", delivery="gun")
    practitioner.skills.add(Skill.objects.get(code="gun"))
    plan = waits("Riva").sitting.plan
    plan.delivery = "gun"
    plan.save()
    taken = occupy(practitioner, room, at(WEDNESDAY, 10), 20, reception_user)
    Appointment.objects.filter(pk=taken.pk).update(equipment=gun)
    taken.refresh_from_db()
    cancel_appointment(appointment=taken, reason="patient", by=reception_user, now=NOW)
    assert whom(site) == [["Riva"]]
    other, elsewhere = make_practitioner("Dr Neri", site), Room.objects.create(site=site, name="Room 2")
    again = occupy(other, elsewhere, at(WEDNESDAY, 10, 15), 15, reception_user, make_patient("Neri"))
    Appointment.objects.filter(pk=again.pk).update(equipment=gun)
    assert whom(site) == []


@pytest.mark.parametrize(
    ("hour", "minute", "minutes", "spans"),
    [
        (10, 0, 15, ["10:15-10:20"]),
        (10, 5, 10, ["10:00-10:05", "10:15-10:20"]),
        (9, 50, 20, ["10:10-10:20"]),
        (10, 0, 30, []),
        (10, 20, 20, ["10:00-10:20"]),
    ],
)
def test_only_the_time_that_its_appointment_left_is_free(
    site, practitioner, room, reception_user, hour, minute, minutes, spans
) -> None:
    taken = occupy(practitioner, room, at(WEDNESDAY, 10), 20, reception_user)
    move_appointment(
        appointment=taken, practitioner=practitioner, room=room, equipment=None, starts=at(WEDNESDAY, hour, minute),
        minutes=minutes, by=reception_user, now=NOW, version=taken.version,
    )  # fmt: skip
    local = [
        [timezone.localtime(each, site.zone) for each in (row.starts, row.ends)] for row in FreedSlot.objects.all()
    ]
    assert [f"{starts:%H:%M}-{ends:%H:%M}" for starts, ends in local] == spans


def test_a_slot_is_found_behind_many_that_fit_nobody_and_many_that_are_the_same(
    site, freed, waits, practitioner, room
) -> None:
    waits("Riva")

    def kept(hour: int, day: date) -> FreedSlot:
        starts = at(day, hour)
        return FreedSlot(
            appointment=freed.appointment, practitioner=practitioner, room=room, starts=starts, ends=starts + HOUR / 3
        )

    FreedSlot.objects.bulk_create([kept(9, MONDAY) for _each in range(60)] + [kept(14, MONDAY) for _each in range(60)])
    assert whom(site, at(MONDAY, 12)) == [["Riva"], ["Riva"]]


def test_a_wish_ends_with_its_sitting_and_with_being_closed(site, freed, waits, reception_user) -> None:
    first, second = waits("Riva"), waits("Serra", hour=13)
    Sitting.objects.filter(pk=first.sitting_id).update(state=SittingState.SKIPPED)
    assert whom(site) == [["Serra"]]
    close_wish(wish=second, by=reception_user, now=NOW)
    assert whom(site) == []


def test_today_says_that_a_slot_is_free_and_how_many_it_fits(site, freed, waits) -> None:
    waits("Riva")
    waits("Serra", hour=13)
    kind = next(kind for kind in needs_of(site, NOW.date(), NOW, (), approves=False) if kind.key == "freed")
    (need,) = kind.lines
    assert (kind.count, need.page) == (1, "waiting_slot")
    assert (need.what, need.why) == ("Free: Wed 25 Nov, 10:00, Dr Bianchi", "20 min · fits 2 who wait")


# Offers.


def test_an_offer_keeps_the_slot_and_moves_nobody(site, freed, waits, reception_user, settings) -> None:
    settings.OFFER_MINUTES = 45
    wish = waits("Riva")
    made = offer(freed, wish, reception_user)
    assert made.until == NOW + timedelta(minutes=45)
    assert (made.appointment.status, made.appointment.sitting) == (Status.RESERVED, None)
    assert booked(wish) == [at(THURSDAY, 12)]
    assert [line.became for line in offer_log(site, NOW)] == ["waits for an answer"]


def test_accepting_moves_the_sitting_frees_its_slot_and_closes_the_wish(site, freed, waits, reception_user) -> None:
    wish, other = waits("Riva"), waits("Serra", day=MONDAY + 4 * DAY)
    made = offer(freed, wish, reception_user)
    for _press in range(2):
        accept_offer(offer=made, by=reception_user, now=NOW + HOUR / 2)
    assert booked(wish) == [at(WEDNESDAY, 10)]
    assert Sitting.objects.get(pk=wish.sitting_id).booked == WEDNESDAY
    assert Appointment.objects.filter(sitting=wish.sitting).count() == 1
    assert EarlierWish.objects.get(pk=wish.pk).closed_by == reception_user
    assert [line.became for line in offer_log(site, NOW)] == ["accepted"]
    assert whom(site) == [["Serra"]]  # the slot on Thursday
    assert other.closed_at is None


def test_a_sitting_without_a_slot_is_booked_by_accepting(site, freed, waits, reception_user) -> None:
    wish = waits("Riva", day=None)
    accept_offer(offer=offer(freed, wish, reception_user), by=reception_user, now=NOW)
    assert booked(wish) == [at(WEDNESDAY, 10)]


def test_refusing_or_not_answering_frees_the_slot_for_the_next(site, freed, waits, reception_user) -> None:
    first, second, third = waits("Riva"), waits("Serra", hour=13), waits("Conti", hour=14)
    made = offer(freed, first, reception_user)
    refuse_offer(offer=made, answer=Answer.REFUSED, by=reception_user, now=NOW)
    made = offer(freed, second, reception_user)
    refuse_offer(offer=made, answer=Answer.NO_ANSWER, by=reception_user, now=NOW)
    offer(freed, third, reception_user)
    assert [line.became for line in offer_log(site, NOW)] == ["waits for an answer", "no answer", "refused"]
    assert booked(first) == [at(THURSDAY, 12)]


def test_an_offer_that_ran_out_is_no_longer_accepted_and_goes_to_the_next(site, freed, waits, reception_user) -> None:
    first, second = waits("Riva"), waits("Serra", hour=13)
    made = offer(freed, first, reception_user)
    later = NOW + HOUR
    with pytest.raises(SlotTaken, match="run out"):
        accept_offer(offer=made, by=reception_user, now=later)
    assert [line.became for line in offer_log(site, later)] == ["ran out without an answer"]
    offer(freed, second, reception_user, now=later)
    made.refresh_from_db()
    assert (made.answer, made.answered_by) == (Answer.NO_ANSWER, None)
    assert booked(first) == [at(THURSDAY, 12)]


def test_one_slot_is_offered_to_one_person_at_a_time(freed, waits, reception_user, doctor_user) -> None:
    first, second = waits("Riva"), waits("Serra", hour=13)
    offer(freed, first, doctor_user)
    with pytest.raises(SlotTaken, match="offered to Riva Sofia by Bianchi until 08:00"):
        offer(freed, second, reception_user)


def test_one_person_is_offered_one_slot_at_a_time(freed, waits, practitioner, room, reception_user) -> None:
    wish = waits("Riva")
    other = occupy(practitioner, room, at(WEDNESDAY, 15), 20, reception_user, make_patient("Neri"))
    cancel_appointment(appointment=other, reason="patient", by=reception_user, now=NOW)
    offer(freed, wish, reception_user)
    with pytest.raises(Refused, match="another slot"):
        offer(FreedSlot.objects.latest("pk"), wish, reception_user)


def test_a_double_press_makes_one_offer(freed, waits, reception_user) -> None:
    wish, key = waits("Riva"), uuid4()
    assert offer(freed, wish, reception_user, key=key) == offer(freed, wish, reception_user, key=key)
    assert SlotOffer.objects.count() == 1


def test_the_key_of_one_offer_is_none_for_another_slot_or_another_person(
    freed, waits, practitioner, room, reception_user
) -> None:
    first, second, key = waits("Riva"), waits("Serra", hour=13), uuid4()
    offer(freed, first, reception_user, key=key)
    other = occupy(practitioner, room, at(WEDNESDAY, 15), 20, reception_user, make_patient("Neri"))
    cancel_appointment(appointment=other, reason="patient", by=reception_user, now=NOW)
    for slot, wish in ((FreedSlot.objects.latest("pk"), second), (FreedSlot.objects.latest("pk"), first)):
        with pytest.raises(KeyReused):
            offer(slot, wish, reception_user, key=key)
    assert SlotOffer.objects.count() == 1


def test_a_press_that_comes_again_after_the_answer_keeps_nothing(freed, waits, reception_user) -> None:
    wish, key = waits("Riva"), uuid4()
    refuse_offer(
        offer=offer(freed, wish, reception_user, key=key), answer=Answer.REFUSED, by=reception_user, now=NOW
    )  # fmt: skip
    with pytest.raises(SlotTaken, match="was answered"):
        offer(freed, wish, reception_user, key=key)
    assert not Appointment.objects.filter(status=Status.RESERVED).exists()


def test_an_offer_ends_when_the_slot_begins(freed, waits, reception_user) -> None:
    made = offer(freed, waits("Riva"), reception_user, now=at(WEDNESDAY, 9, 30))
    assert made.until == made.appointment.reserved_until == at(WEDNESDAY, 10)


def test_a_slot_that_is_offered_is_not_left_free_and_one_left_free_is_not_offered(
    site, freed, waits, reception_user
) -> None:
    wish = waits("Riva")
    made = offer(freed, wish, reception_user)
    with pytest.raises(SlotTaken, match="offered to Riva Sofia by Ferri until 08:00"):
        leave_free(freed=freed, by=reception_user, now=NOW)
    refuse_offer(offer=made, answer=Answer.REFUSED, by=reception_user, now=NOW)
    leave_free(freed=freed, by=reception_user, now=NOW)
    with pytest.raises(Stale, match="left free"):
        offer(freed, wish, reception_user)


def test_what_is_offered_stays_listed_whatever_becomes_of_the_slot_and_of_the_wish(
    site, freed, waits, practitioner, reception_user
) -> None:
    wish = waits("Riva")
    made = offer(freed, wish, reception_user)
    FreedSlot.objects.update(left_free_at=NOW)
    Absence.objects.create(practitioner=practitioner, starts=at(WEDNESDAY, 8), ends=at(WEDNESDAY, 20))
    Sitting.objects.filter(pk=wish.sitting_id).update(state=SittingState.SKIPPED)
    assert [row.offer for row in freed_list(site, NOW, waiting_rows(site, NOW)).rows] == [made]


def test_the_slot_of_an_offer_is_given_back_by_its_answer_alone(freed, waits, reception_user) -> None:
    made = offer(freed, waits("Riva"), reception_user)
    with pytest.raises(Refused, match="waiting list"):
        cancel_appointment(appointment=made.appointment, reason="clinic", by=reception_user, now=NOW)
    made.appointment.refresh_from_db()
    assert made.appointment.status == Status.RESERVED


def test_a_window_that_moved_meanwhile_refuses_the_acceptance_and_changes_nothing(freed, waits, reception_user) -> None:
    wish = waits("Riva")
    made = offer(freed, wish, reception_user)
    Sitting.objects.filter(pk=wish.sitting_id).update(earliest=THURSDAY)
    with pytest.raises(Stale, match="no longer fits"):
        accept_offer(offer=made, by=reception_user, now=NOW)
    assert booked(wish) == [at(THURSDAY, 12)]
    made.appointment.refresh_from_db()
    assert made.appointment.status == Status.RESERVED


def test_somebody_booked_earlier_meanwhile_keeps_that_slot(freed, waits, practitioner, room, reception_user) -> None:
    wish = waits("Riva")
    made = offer(freed, wish, reception_user)
    stands = Appointment.objects.get(sitting=wish.sitting)
    move_appointment(
        appointment=stands, practitioner=practitioner, room=room, equipment=None, starts=at(MONDAY, 15), minutes=15,
        by=reception_user, now=NOW, version=stands.version,
    )  # fmt: skip
    with pytest.raises(Stale):
        accept_offer(offer=made, by=reception_user, now=NOW)
    assert booked(wish) == [at(MONDAY, 15)]


def test_taking_somebody_off_the_list_gives_back_what_is_offered_to_them(freed, waits, reception_user) -> None:
    wish = waits("Riva")
    made = offer(freed, wish, reception_user)
    close_wish(wish=wish, by=reception_user, now=NOW)
    made.appointment.refresh_from_db()
    assert made.appointment.status == Status.CANCELLED
    with pytest.raises(Stale, match="closed"):
        offer(freed, wish, reception_user)


def test_who_is_not_to_be_contacted_is_offered_nothing(freed, waits, reception_user) -> None:
    wish = waits("Riva")
    mark_do_not_contact(patient=wish.sitting.plan.patient, reason="Asked so.", by=reception_user, now=NOW)
    with pytest.raises(Refused, match="not to be contacted"):
        offer(freed, wish, reception_user)


def test_a_slot_booked_by_somebody_else_is_not_offered(freed, waits, practitioner, room, reception_user) -> None:
    wish = waits("Riva")
    occupy(practitioner, room, at(WEDNESDAY, 10), 20, reception_user, make_patient("Neri"))
    with pytest.raises(SlotTaken, match="Neri"):
        offer(freed, wish, reception_user)


def test_a_given_sitting_is_not_put_on_the_list(waits, reception_user) -> None:
    wish = waits("Riva")
    Sitting.objects.filter(pk=wish.sitting_id).update(state=SittingState.COMPLETED)
    with pytest.raises(Refused, match="no longer"):
        add_wish(sitting=wish.sitting, wanted=Wanted(MONDAY), by=reception_user, now=NOW)
