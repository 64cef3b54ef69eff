"""The day board as values: places, bands, words, figures."""

from datetime import date, time, timedelta

import pytest

from patients.naming import names_as
from scheduling.models import Absence, Appointment, Closure, Room, Status, WorkingHours
from scheduling.selectors.board import board_of
from scheduling.selectors.board_rows import day_version, read_lost
from scheduling.services import taking_back, tracking
from scheduling.services.booking import book_cycle
from scheduling.services.proposing import propose_cycle
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

pytestmark = pytest.mark.django_db


@pytest.fixture
def ten(practitioner, room, reception_user):
    """A consultation on Monday at ten, for half an hour."""
    return occupy(practitioner, room, at(MONDAY, 10), 30, reception_user, make_patient("Conti"))


def day_of(site, day, now):
    return board_of(site, day, now, read_lost(site, day, now))


def cards(board):
    return [card for lane in board.lanes for card in lane.cards]


def bands(board, lane=0):
    return [(band.css, band.label) for band in board.lanes[lane].off]


def test_a_card_stands_at_its_wall_time_on_rows_of_five_minutes(site, ten):
    board = day_of(site, MONDAY, NOW)
    assert (board.tall, board.hours[0]) == ("hours-9", ("at-0", "09:00"))
    (card,) = cards(board)
    assert card.css == "is-booked at-12 for-6"
    assert (card.name, card.time, card.detail) == ("S. Conti", "10:00", "consultation")


def test_the_board_reaches_from_the_earliest_to_the_latest_hour(site, practitioner, room, reception_user):
    occupy(practitioner, room, at(MONDAY, 8, 30), 15, reception_user)
    occupy(practitioner, room, at(MONDAY, 19, 50), 20, reception_user, make_patient("Late"))
    board = day_of(site, MONDAY, NOW)
    assert [hour for _css, hour in board.hours] == [f"{hour:02}:00" for hour in range(8, 21)]


def test_an_appointment_past_midnight_ends_with_its_day(site, practitioner, room, reception_user):
    occupy(practitioner, room, at(MONDAY, 23, 30), 60, reception_user)
    (card,) = cards(day_of(site, MONDAY, NOW))
    assert card.css.split()[2] == "for-6"
    assert cards(day_of(site, MONDAY + timedelta(days=1), NOW)) == []


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28)])
def test_days_of_25_and_23_hours_draw_what_the_clock_on_the_wall_says(site, practitioner, room, reception_user, day):
    site.public_holidays = False  # 28 March 2027 is Easter
    WorkingHours.objects.create(
        practitioner=practitioner, site=site, weekday=6, starts=time(9), ends=time(13), valid_from=date(2020, 1, 1)
    )
    site.opening_hours.create(weekday=6, starts=time(8), ends=time(20))
    occupy(practitioner, room, at(day, 10), 15, reception_user)
    Absence.objects.create(practitioner=practitioner, starts=at(day, 0), ends=at(day, 9, 30), reason="train")
    board = day_of(site, day, at(day, 9, 40))
    assert cards(board)[0].css.split()[1:3] == ["at-12", "for-3"]
    assert bands(board) == [("at-0 for-6", "train")]
    assert board.now == "at-8"


def test_a_lane_says_why_there_is_no_time_in_it(site, practitioner):
    WorkingHours.objects.filter(practitioner=practitioner, weekday=0).update(ends=time(13))
    afternoon = {"site": site, "weekday": 0, "starts": time(15), "ends": time(18), "valid_from": date(2020, 1, 1)}
    WorkingHours.objects.create(practitioner=practitioner, **afternoon)
    make_practitioner("Dr Neri", site)
    Absence.objects.create(practitioner=practitioner, starts=at(MONDAY, 16), ends=at(MONDAY, 17))
    Closure.objects.create(site=site, starts=at(MONDAY, 9), ends=at(MONDAY, 9, 30), reason="burst pipe")
    board = day_of(site, MONDAY, NOW)
    assert bands(board) == [("at-0 for-6", "burst pipe"), ("at-48 for-24", "Break"), ("at-84 for-12", "Away")]
    assert bands(board, 1) == [("at-0 for-6", "burst pipe")]


def test_who_starts_later_is_not_in_until_then(site, practitioner):
    late = make_practitioner("Dr Galli", site)
    WorkingHours.objects.filter(practitioner=late).update(starts=time(10))
    assert bands(day_of(site, MONDAY, NOW), 1) == [("at-0 for-12", "Not in")]


def test_a_public_holiday_covers_every_lane_with_its_name(site, practitioner):
    board = day_of(site, date(2026, 12, 8), NOW)
    ((css, name),) = bands(board)
    assert (css, "Immacolata" in name) == ("at-0 for-108", True)


def test_the_closure_of_one_room_leaves_the_lanes_alone(site, practitioner, room):
    Closure.objects.create(site=site, room=room, starts=at(MONDAY, 9), ends=at(MONDAY, 12))
    assert bands(day_of(site, MONDAY, NOW)) == []


def test_a_lane_is_shown_for_who_works_or_has_an_appointment(site, practitioner, ten):
    other = make_practitioner("Dr Neri", site)
    other.working_hours.all().delete()
    assert [lane.name for lane in day_of(site, MONDAY, NOW).lanes] == ["Dr Bianchi"]
    Appointment.objects.update(practitioner=other)
    assert [lane.name for lane in day_of(site, MONDAY, NOW).lanes] == ["Dr Bianchi", "Dr Neri"]


def test_a_day_on_which_nobody_works_has_no_lanes(site, practitioner):
    assert day_of(site, MONDAY - timedelta(days=1), NOW).lanes == ()


def test_the_room_stands_on_the_lane_or_on_each_card_when_it_changes(site, practitioner, ten, reception_user):
    (lane,) = day_of(site, MONDAY, NOW).lanes
    assert (lane.where, lane.cards[0].detail) == ("Room 1", "consultation")
    second = Room.objects.create(site=site, name="Room 2")
    occupy(practitioner, second, at(MONDAY, 11), 15, reception_user)
    (lane,) = day_of(site, MONDAY, NOW).lanes
    assert (lane.where, lane.cards[0].detail) == ("", "consultation · Room 1")


def test_a_sitting_says_its_number_in_the_cycle_and_its_areas(site, patient, doctor_user, practitioner, room):
    plan = make_plan(patient, site, doctor_user, counts=[6, 10], key="cellulite-three-phase", practitioner=practitioner)
    proposal = propose_cycle(plan=plan, now=NOW)[0].proposal
    book_cycle(plan=plan, slots=dict(enumerate(proposal.slots, 1)), by=doctor_user, now=NOW)
    seventh = proposal.slots[6]
    (card,) = cards(day_of(site, seventh.day, NOW))
    assert card.detail == "7/16 consolidation · thighs"


def test_a_recall_says_its_number_among_the_recalls(site, patient, doctor_user, practitioner, room):
    plan = make_plan(patient, site, doctor_user, practitioner=practitioner)
    proposal = propose_cycle(plan=plan, now=NOW)[0].proposal
    book_cycle(plan=plan, slots=dict(enumerate(proposal.slots, 1)), by=doctor_user, now=NOW)
    (card,) = cards(day_of(site, proposal.slots[9].day, NOW))
    assert card.detail == "recall 2/3 · thighs"
    plan.phases.filter(position=2).update(open_ended=True)
    (card,) = cards(day_of(site, proposal.slots[9].day, NOW))
    assert card.detail == "recall 2 · thighs"


def test_the_summary_counts_what_is_and_leaves_out_what_is_not(site, practitioner, room, reception_user):
    made = [occupy(practitioner, room, at(MONDAY, 9 + n), 15, reception_user, make_patient(f"P{n}")) for n in range(6)]
    for appointment in made[:4]:
        tracking.mark_arrived(appointment=appointment, now=at(MONDAY, 9))
    tracking.start_treatment(appointment=made[0], now=at(MONDAY, 9))
    tracking.complete(appointment=made[0], now=at(MONDAY, 9))
    tracking.start_treatment(appointment=made[1], now=at(MONDAY, 10))
    board = day_of(site, MONDAY, at(MONDAY, 9, 12))
    assert board.pills == (
        ("booked", "2 to come", ""),
        ("arrived", "2 waiting", "longest 12 min"),
        ("treatment", "1 in treatment", ""),
        ("completed", "1 completed", ""),
    )
    assert cards(board)[2].detail == "consultation · waits 12 min"


def test_who_has_just_arrived_waits_no_time_to_speak_of(site, ten):
    at_the_desk = at(MONDAY, 9, 50).replace(microsecond=900_000)
    tracking.mark_arrived(appointment=ten, now=at_the_desk)
    (card,) = cards(day_of(site, MONDAY, at_the_desk))
    assert card.detail == "consultation"


def test_the_button_is_the_next_step_and_a_missed_start_offers_the_other_one(site, ten):
    def acts(now):
        (card,) = cards(day_of(site, MONDAY, now))
        return card.act and card.act.verb, card.missed and card.missed.verb, "soon" in card.css

    assert acts(at(MONDAY - timedelta(days=1), 12)) == (None, None, False)
    assert acts(at(MONDAY, 9)) == ("arrive", None, False)
    assert acts(at(MONDAY, 9, 50)) == ("arrive", None, True)
    assert acts(at(MONDAY, 10, 5)) == ("arrive", "no-show", True)
    assert acts(at(MONDAY + timedelta(days=1), 9)) == ("arrive", "no-show", True)
    tracking.mark_arrived(appointment=ten, now=at(MONDAY, 10))
    assert acts(at(MONDAY, 10, 5)) == ("start", None, True)
    tracking.start_treatment(appointment=ten, now=at(MONDAY, 10))
    assert acts(at(MONDAY, 10, 5)) == ("complete", None, True)


def test_a_practitioner_runs_late_by_who_waits_or_is_still_treated(site, ten):
    tracking.mark_arrived(appointment=ten, now=at(MONDAY, 9, 50))
    assert [lane.late for lane in day_of(site, MONDAY, at(MONDAY, 10, 4)).lanes] == [0]
    assert [lane.late for lane in day_of(site, MONDAY, at(MONDAY, 10, 7)).lanes] == [7]
    tracking.start_treatment(appointment=ten, now=at(MONDAY, 10, 8))
    assert [lane.late for lane in day_of(site, MONDAY, at(MONDAY, 10, 25)).lanes] == [0]
    assert [lane.late for lane in day_of(site, MONDAY, at(MONDAY, 10, 40)).lanes] == [10]


def test_the_now_line_is_on_today_alone(site, practitioner):
    assert day_of(site, MONDAY, at(MONDAY, 10, 23)).now == "at-16"
    assert day_of(site, MONDAY, at(MONDAY, 7)).now == ""
    assert day_of(site, MONDAY + timedelta(days=1), at(MONDAY, 10, 23)).now == ""


def test_a_cancelled_appointment_leaves_the_lane_and_keeps_its_reason(site, ten, reception_user):
    tracking.cancel_appointment(appointment=ten, reason="illness", by=reception_user, now=NOW)
    board = day_of(site, MONDAY, NOW)
    assert cards(board) == []
    assert [(row.name, row.time, row.reason) for row in board.cancelled] == [
        ("S. Conti", "10:00", "the patient is ill")
    ]


def test_a_reservation_is_shown_until_it_runs_out(site, ten):
    Appointment.objects.update(status=Status.RESERVED, reserved_until=at(MONDAY, 9))
    assert len(cards(day_of(site, MONDAY, at(MONDAY, 8, 55)))) == 1
    assert cards(day_of(site, MONDAY, at(MONDAY, 9))) == []


def fill(site, practitioner, count, sitting):
    """`count` appointments one after the other on Monday, the first for `sitting`, without the checks of booking."""
    room = Room.objects.create(site=site, name="Cabin")
    for n in range(count):
        starts = at(MONDAY, 6) + timedelta(minutes=5 * n)
        ends = starts + timedelta(minutes=5)
        Appointment.objects.create(
            patient=make_patient(f"Patient {n}") if n else sitting.plan.patient,
            kind="consultation" if n else "sitting",
            sitting=None if n else sitting,
            practitioner=practitioner,
            room=room,
            starts=starts,
            ends=ends,
            room_free_at=ends,
        )


@pytest.mark.parametrize("count", [1, 200])
def test_the_board_takes_four_queries_however_much_is_booked(
    site, patient, practitioner, doctor_user, django_assert_num_queries, count
):
    plan = make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)
    fill(site, practitioner, count, plan.sittings.get(number=1))
    with django_assert_num_queries(4):
        assert len(cards(day_of(site, MONDAY, NOW))) == count


def test_a_room_is_in_use_while_somebody_is_treated_in_it(site, ten):
    tracking.mark_arrived(appointment=ten, now=at(MONDAY, 9, 55))
    assert day_of(site, MONDAY, at(MONDAY, 10)).in_use == ()
    tracking.start_treatment(appointment=ten, now=at(MONDAY, 10))
    assert day_of(site, MONDAY, at(MONDAY, 10, 12)).in_use == ("Room 1 in use, 12 min",)
    assert day_of(site, MONDAY + timedelta(days=1), at(MONDAY, 10, 12)).in_use == ()


def test_the_version_of_a_day_changes_with_every_step_booking_and_minute(
    site, ten, practitioner, room, reception_user, django_assert_num_queries
):
    with django_assert_num_queries(1):
        seen = day_version(site, MONDAY, NOW)
    assert seen == day_version(site, MONDAY, NOW) == day_of(site, MONDAY, NOW).version
    assert day_version(site, MONDAY, NOW + timedelta(minutes=1)) != seen
    tracking.mark_arrived(appointment=ten, now=NOW)
    arrived = day_version(site, MONDAY, NOW)
    assert arrived != seen
    taking_back.step_back(appointment=ten, now=NOW)
    assert day_version(site, MONDAY, NOW) not in (seen, arrived)
    other_day = day_version(site, MONDAY + timedelta(days=1), NOW)
    occupy(practitioner, room, at(MONDAY, 12), 30, reception_user, make_patient("Rossi"))
    assert day_version(site, MONDAY + timedelta(days=1), NOW) == other_day


def test_patients_who_would_share_a_short_name_stand_in_full(site, practitioner, room, reception_user):
    for hour, (surname, given_name) in enumerate([("Villa", "Chiara"), ("Villa", "Cristina"), ("Conti", "Carla")], 9):
        occupy(practitioner, room, at(MONDAY, hour), 30, reception_user, make_patient(surname, given_name))
    assert [card.name for card in cards(day_of(site, MONDAY, NOW))] == ["Villa Chiara", "Villa Cristina", "C. Conti"]
    with names_as(initials_only=True):
        assert [card.name for card in cards(day_of(site, MONDAY, NOW))] == ["C. V.", "C. V.", "C. C."]


def test_who_is_booked_and_not_here_yet_is_counted_as_late(site, practitioner, room, reception_user):
    for hour in (9, 10, 11):
        occupy(practitioner, room, at(MONDAY, hour), 30, reception_user, make_patient(f"P{hour}"))
    assert day_of(site, MONDAY, at(MONDAY, 10, 4)).pills == (("booked", "3 to come", "1 late"),)
    assert day_of(site, MONDAY, at(MONDAY, 10, 5)).pills == (("booked", "3 to come", "2 late"),)
    assert day_of(site, MONDAY, at(MONDAY + timedelta(days=1), 9)).pills == (("booked", "3 still booked", ""),)
