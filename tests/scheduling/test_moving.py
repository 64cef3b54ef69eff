"""Moving a booked sitting: other slots, what follows and its price, one act for all, its undo, and races."""

from datetime import timedelta
from uuid import uuid4

import pytest

from scheduling.engine.terms import Slot
from scheduling.models import (
    Absence,
    Appointment,
    BookingKey,
    Equipment,
    Follows,
    Move,
    Practitioner,
    Room,
    Skill,
    Status,
)
from scheduling.selectors.cycles import slot_of
from scheduling.selectors.looking import Look
from scheduling.selectors.move_words import prices
from scheduling.selectors.moving import placed
from scheduling.services.booking import Change, book_appointment, book_cycle, move_appointment, move_appointments
from scheduling.services.lines import line_of
from scheduling.services.moves import apply_move, last_move, seal_move, seal_slot, undo_move, unseal_slot
from scheduling.services.moving import other_slots, propose_moves
from scheduling.services.planning import pause_plan
from scheduling.services.refusals import KeyReused, Refused, SlotTaken, Stale
from scheduling.services.tracking import cancel_appointment
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, ROME, at, make_patient, make_plan, occupy

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


@pytest.fixture
def plan(patient, site, practitioner, room, doctor_user):
    """Six weekly sittings from Monday 23 November 2026, then three monthly ones."""
    return make_plan(patient, site, doctor_user, counts=[6, 3], practitioner=practitioner)


def slot(practitioner, room, day, start=600, minutes=15) -> Slot:
    return Slot(day, start, minutes, practitioner.pk, room.pk, None)


@pytest.fixture
def booked(plan, practitioner, room, reception_user) -> list[Appointment]:
    """At ten on Mondays, but for one Tuesday; the monthly ones not quite a month apart."""
    days = [MONDAY + WEEK * week for week in (0, 1, 2, 3)] + [MONDAY + WEEK * 4 + DAY, MONDAY + WEEK * 5]
    days += [MONDAY + WEEK * week for week in (10, 14, 18)]
    slots = {number: slot(practitioner, room, day) for number, day in enumerate(days, 1)}
    made = book_cycle(plan=plan, slots=slots, by=reception_user, now=NOW)
    rows = Appointment.objects.select_related(
        "patient", "practitioner", "room__site", "equipment", "sitting__phase", "sitting__plan__site"
    )
    return [rows.get(pk=each.pk) for each in made]


def fresh(row: Appointment) -> Appointment:
    return Appointment.objects.select_related(
        "patient", "practitioner", "room__site", "equipment", "sitting__phase", "sitting__plan__site"
    ).get(pk=row.pk)


def proposed(row: Appointment, to: Slot):
    return propose_moves(appointment=row, to=to, now=NOW)


def choice(row: Appointment, to: Slot, follows: Follows):
    return next(each for each in proposed(row, to).choices if each.follows == follows)


def move(row: Appointment, to: Slot, follows: Follows, by, key=None) -> Move:
    token = choice(row, to, follows).token
    return apply_move(appointment=row, token=token, by=by, now=NOW, key=key or uuid4())


def local(row: Appointment):
    return slot_of(fresh(row), ROME)


def all_slots() -> list[tuple]:
    rows = Appointment.objects.order_by("pk")
    return [(a.starts, a.ends, a.room_free_at, a.practitioner_id, a.room_id, a.status) for a in rows]


# Other slots.


def test_a_sitting_is_offered_its_window_between_its_neighbours_but_not_its_own_time(booked) -> None:
    offers = other_slots(appointment=booked[1], now=NOW)
    days = {offer.slot.day for offer in offers}
    # Five to ten days after the first, five to ten before the third; no sitting on Saturday, Sunday.
    assert days <= {MONDAY + DAY * n for n in (5, 6, 7, 8, 9)}
    assert (MONDAY + WEEK, 600) not in {(offer.slot.day, offer.slot.start) for offer in offers}
    assert all(offer.in_window for offer in offers)
    assert [offer.cost for offer in offers] == sorted(offer.cost for offer in offers)


def test_its_own_time_counts_as_free(booked, practitioner) -> None:
    """All but a quarter of an hour around the present slot is lost: half of it is the sitting's own."""
    here = booked[1]
    Absence.objects.create(practitioner=practitioner, starts=NOW, ends=here.starts - timedelta(minutes=15))
    Absence.objects.create(practitioner=practitioner, starts=here.ends, ends=here.ends + 60 * DAY)
    starts = {(o.slot.day, o.slot.start) for o in other_slots(appointment=here, now=NOW)}
    assert starts == {(MONDAY + WEEK, 585)}


def test_from_a_date_on_the_sittings_after_it_do_not_bind(booked) -> None:
    first = MONDAY + 2 * WEEK + DAY
    days = [offer.slot.day for offer in other_slots(appointment=booked[1], now=NOW, look=Look(first=first))]
    assert days
    assert all(first <= day < first + 2 * WEEK for day in days)


def test_from_a_date_on_the_sittings_before_it_still_do(booked) -> None:
    days = [offer.slot.day for offer in other_slots(appointment=booked[3], now=NOW, look=Look(first=MONDAY + 2 * WEEK))]
    assert days
    assert min(days) >= MONDAY + 2 * WEEK + 4 * DAY


def test_what_is_not_booked_any_more_or_has_begun_does_not_move(booked, reception_user) -> None:
    with pytest.raises(Refused, match="has begun"):
        other_slots(appointment=booked[0], now=booked[0].starts)
    cancelled = cancel_appointment(appointment=booked[1], reason="patient", by=reception_user, now=NOW)
    with pytest.raises(Refused, match="Only a booked appointment"):
        other_slots(appointment=fresh(cancelled), now=NOW)


def test_a_consultation_is_offered_its_practitioner_near_its_hour(
    site, practitioner, room, patient, reception_user
) -> None:
    other = make_practitioner("Dr Neri", site)
    made = occupy(practitioner, room, at(MONDAY + DAY, 15), 30, reception_user, patient)
    offers = other_slots(appointment=fresh(made), now=NOW, most=100)
    assert {offer.slot.practitioner for offer in offers} == {practitioner.pk, other.pk}
    assert offers[0].slot.practitioner == practitioner.pk
    assert offers[0].slot.day == MONDAY + DAY
    assert 14 * 60 <= offers[0].slot.start <= 16 * 60
    assert (MONDAY + DAY, 900) not in {(offer.slot.day, offer.slot.start) for offer in offers}


def test_a_consultation_whose_practitioner_is_away_is_offered_others(
    site, practitioner, room, patient, reception_user
) -> None:
    other = make_practitioner("Dr Neri", site)
    made = occupy(practitioner, room, at(MONDAY + DAY, 15), 30, reception_user, patient)
    Absence.objects.create(practitioner=practitioner, starts=NOW, ends=NOW + 90 * DAY)
    assert {o.slot.practitioner for o in other_slots(appointment=fresh(made), now=NOW)} == {other.pk}


def test_a_consultation_whose_practitioner_is_away_today_is_offered_others_today(
    site, practitioner, room, patient, reception_user
) -> None:
    other = make_practitioner("Dr Neri", site)
    made = occupy(practitioner, room, at(MONDAY, 15), 30, reception_user, patient)
    Absence.objects.create(practitioner=practitioner, starts=NOW, ends=at(MONDAY + DAY, 0))
    offers = other_slots(appointment=fresh(made), now=NOW, most=100)
    assert other.pk in {offer.slot.practitioner for offer in offers if offer.slot.day == MONDAY}
    assert practitioner.pk in {offer.slot.practitioner for offer in offers if offer.slot.day > MONDAY}


def test_a_sitting_is_offered_first_whom_it_is_booked_with_whoever_the_plan_names(booked, site) -> None:
    plan = booked[1].sitting.plan
    plan.practitioner = make_practitioner("Dr Neri", site)
    plan.save()
    best = other_slots(appointment=fresh(booked[1]), now=NOW)[0].slot
    assert best.practitioner == booked[1].practitioner_id != plan.practitioner_id


def test_a_therapy_stays_apart_from_the_sittings(booked, practitioner, room, patient, reception_user) -> None:
    made = book_appointment(
        patient=patient, kind="complementary", practitioner=practitioner, room=room,
        starts=at(MONDAY + 3 * DAY, 9), minutes=30, by=reception_user, now=NOW,
    )  # fmt: skip
    days = {offer.slot.day for offer in other_slots(appointment=fresh(made), now=NOW)}
    taken = [slot_of(row, ROME).day for row in booked]
    assert days
    assert all(abs((day - sitting).days) >= 3 for day in days for sitting in taken)


# What follows.


def test_this_only_says_that_the_next_window_is_then_broken(booked, practitioner, room) -> None:
    to = slot(practitioner, room, MONDAY + WEEK + 3 * DAY)
    alone = choice(booked[1], to, Follows.ALONE)
    price = prices(placed(booked[1].sitting.plan), 2, [alone.slots])[0]
    assert alone.token
    assert (price.moving, price.days, price.outside) == (1, 3, 1)
    assert [row.number for row in price.told] == [2, 3]


def test_this_only_is_refused_below_the_minimum_gap(booked, practitioner, room) -> None:
    alone = choice(booked[1], slot(practitioner, room, MONDAY + 2 * WEEK - 3 * DAY), Follows.ALONE)
    assert alone.token == ""
    assert "less than 4 days" in alone.refused


def test_the_rest_is_respaced_with_as_few_moves_as_its_windows_ask(booked, practitioner, room) -> None:
    to = slot(practitioner, room, MONDAY + WEEK + 4 * DAY)
    found = proposed(booked[1], to)
    rest = next(each for each in found.choices if each.follows == Follows.REST)
    # Friday to Wednesday are five days, from there to the fourth sitting again five: the fourth stays.
    assert set(rest.slots) == {2, 3}
    assert rest.slots[3].day == MONDAY + 2 * WEEK + 2 * DAY
    price = prices(found.told, 2, [rest.slots])[0]
    # Eleven days after the first the second itself is a day too late, and that is said.
    assert (price.moving, price.days, [row.number for row in price.told if row.outside]) == (2, 6, [2])
    assert price.words == "2 sittings move, 6 days in all"


def test_when_nobody_else_has_to_move_there_is_one_choice(booked, practitioner, room) -> None:
    found = proposed(booked[1], slot(practitioner, room, MONDAY + WEEK + 2 * DAY))
    assert [each.follows for each in found.choices] == [Follows.ALONE]


def test_a_plan_whose_dates_shift_takes_all_of_them_along(plan, booked, practitioner, room) -> None:
    plan.follow = "re-anchor"
    plan.save()
    row = fresh(booked[1])
    found = proposed(row, slot(practitioner, room, MONDAY + 2 * WEEK))
    rest = next(each for each in found.choices if each.follows == Follows.REST)
    assert found.suggested == Follows.REST
    assert [rest.slots[n].day for n in (2, 3, 4, 5)] == [MONDAY + week * WEEK for week in (2, 3, 4, 5)]
    assert [rest.slots[n].start for n in (2, 3, 4, 5)] == [600] * 4


def test_until_the_next_phase_leaves_the_recalls_where_they_are(
    plan, booked, practitioner, room, reception_user
) -> None:
    move_appointment(
        appointment=booked[6], practitioner=practitioner, room=room, equipment=None,
        starts=booked[6].starts + WEEK, minutes=15, by=reception_user, now=NOW, version=1,
    )  # fmt: skip
    plan.refresh_from_db()
    plan.follow = "re-anchor"
    plan.save()
    found = proposed(fresh(booked[3]), slot(practitioner, room, MONDAY + 5 * WEEK + 2 * DAY))
    assert [each.follows for each in found.choices] == [Follows.ALONE, Follows.REST, Follows.PHASE]
    phase = next(each for each in found.choices if each.follows == Follows.PHASE)
    rest = next(each for each in found.choices if each.follows == Follows.REST)
    assert max(phase.slots) == 6
    assert max(rest.slots) > 6


def test_a_plan_that_keeps_its_dates_suggests_moving_one_alone_when_that_can_be(booked, practitioner, room) -> None:
    near, far = (slot(practitioner, room, MONDAY + WEEK + days * DAY) for days in (3, 4))
    assert proposed(booked[1], near).suggested == Follows.ALONE
    assert proposed(booked[1], far).suggested == Follows.REST


def test_sittings_after_it_that_find_no_slot_are_named(booked, practitioner, room) -> None:
    start = at(MONDAY + 2 * WEEK, 0)
    Absence.objects.create(practitioner=practitioner, starts=start, ends=start + 13 * DAY)
    rest = choice(booked[1], slot(practitioner, room, MONDAY + WEEK + 4 * DAY), Follows.REST)
    assert (rest.token, rest.blocked.number) == ("", 3)


def test_a_sitting_without_a_slot_in_between_keeps_its_room(booked, practitioner, room, reception_user) -> None:
    """The third is due again: whoever is re-spaced leaves it days between the second and the fourth."""
    cancel_appointment(appointment=booked[2], reason="patient", by=reception_user, now=NOW)
    rest = choice(fresh(booked[1]), slot(practitioner, room, MONDAY + 2 * WEEK + 2 * DAY), Follows.REST)
    assert 3 not in rest.slots
    assert (rest.slots[4].day - rest.slots[2].day).days >= 10


# Doing it.


def test_moving_writes_every_slot_its_sittings_days_and_its_history(booked, practitioner, room, reception_user) -> None:
    to = slot(practitioner, room, MONDAY + WEEK + 4 * DAY)
    rest = choice(booked[1], to, Follows.REST)
    made = move(booked[1], to, Follows.REST, reception_user)
    for number in (2, 3):
        row = fresh(booked[number - 1])
        assert slot_of(row, ROME) == rest.slots[number]
        assert (row.status, row.version, row.sitting.booked) == ("booked", 2, rest.slots[number].day)
        assert row.sitting.state == "booked"
        assert [h.status for h in row.history.all()] == ["booked", "booked"]
        assert row.history.first().history_user == reception_user
    assert local(booked[3]).day == MONDAY + 3 * WEEK
    assert (made.follows, made.booking.made_by, made.lines.count()) == (Follows.REST, reception_user, 2)


def test_a_second_press_gives_the_same_move(booked, practitioner, room, reception_user) -> None:
    to, key = slot(practitioner, room, MONDAY + WEEK + 4 * DAY), uuid4()
    token = choice(booked[1], to, Follows.REST).token
    first, second = (
        apply_move(appointment=booked[1], token=token, by=reception_user, now=NOW, key=key) for _press in range(2)
    )
    assert first == second
    assert (Move.objects.count(), fresh(booked[1]).version) == (1, 2)


def test_a_key_that_did_something_else_is_refused(booked, practitioner, room, reception_user) -> None:
    key = uuid4()
    move(booked[1], slot(practitioner, room, MONDAY + WEEK + DAY), Follows.ALONE, reception_user, key)
    with pytest.raises(KeyReused):
        move(booked[2], slot(practitioner, room, MONDAY + 2 * WEEK + 2 * DAY), Follows.ALONE, reception_user, key)


def test_a_plan_changed_since_is_stale_and_nothing_moves(plan, booked, practitioner, room, reception_user) -> None:
    token = choice(booked[1], slot(practitioner, room, MONDAY + WEEK + 4 * DAY), Follows.REST).token
    cancel_appointment(appointment=booked[5], reason="patient", by=reception_user, now=NOW)
    before = all_slots()
    with pytest.raises(Stale, match="The plan has changed"):
        apply_move(appointment=booked[1], token=token, by=reception_user, now=NOW, key=uuid4())
    assert all_slots() == before
    assert not BookingKey.objects.exists()


def test_an_appointment_changed_since_is_stale(booked, practitioner, room, reception_user) -> None:
    to = slot(practitioner, room, MONDAY + WEEK + DAY)
    token = choice(booked[1], to, Follows.ALONE).token
    Appointment.objects.filter(pk=booked[1].pk).update(version=7)
    with pytest.raises(Stale):
        apply_move(appointment=booked[1], token=token, by=reception_user, now=NOW, key=uuid4())


def test_a_slot_taken_meanwhile_moves_nothing(site, booked, practitioner, room, reception_user) -> None:
    to = slot(practitioner, room, MONDAY + WEEK + 4 * DAY)
    rest = choice(booked[1], to, Follows.REST)
    third = rest.slots[3]
    occupy(practitioner, room, at(third.day, third.start // 60, third.start % 60), 15, reception_user)
    before = all_slots()
    with pytest.raises(SlotTaken, match="Dr Bianchi is not free"):
        apply_move(appointment=booked[1], token=rest.token, by=reception_user, now=NOW, key=uuid4())
    assert all_slots() == before
    assert not Move.objects.exists()


def test_time_lost_meanwhile_is_refused(booked, practitioner, room, reception_user) -> None:
    to = slot(practitioner, room, MONDAY + WEEK + DAY)
    token = choice(booked[1], to, Follows.ALONE).token
    Absence.objects.create(practitioner=practitioner, starts=at(to.day, 0), ends=at(to.day, 23))
    with pytest.raises(SlotTaken, match="no longer offered"):
        apply_move(appointment=booked[1], token=token, by=reception_user, now=NOW, key=uuid4())


def test_a_slot_that_is_not_free_any_more_is_refused_before_the_review(
    booked, practitioner, room, reception_user
) -> None:
    occupy(practitioner, room, at(MONDAY + WEEK + DAY, 10), 15, reception_user)
    with pytest.raises(SlotTaken, match="no longer free"):
        proposed(booked[1], slot(practitioner, room, MONDAY + WEEK + DAY))


def test_appointments_move_into_one_anothers_places(site, practitioner, room, reception_user) -> None:
    """Two patients change places, which no order of single steps could do."""
    first, second = (
        fresh(occupy(practitioner, room, at(MONDAY, hour), 30, reception_user, make_patient(name)))
        for hour, name in ((10, "Conti"), (11, "Leone"))
    )
    swapped = [
        Change(row, row.version, line_of(row).__class__(**{**fields_of(row), "starts": other.starts}))
        for row, other in ((first, second), (second, first))
    ]
    move_appointments(changes=swapped, by=reception_user, now=NOW)
    assert (fresh(first).starts, fresh(second).starts) == (second.starts, first.starts)
    assert {row.status for row in Appointment.objects.all()} == {"booked"}
    assert [h.status for h in fresh(first).history.all()] == ["booked", "booked"]


def fields_of(row: Appointment) -> dict:
    line = line_of(row)
    return {name: getattr(line, name) for name in line.__dataclass_fields__}


def test_a_rival_the_checks_did_not_see_becomes_the_rules_sentence(booked, practitioner, room, reception_user) -> None:
    row = booked[1]
    line = line_of(row).__class__(**{**fields_of(row), "starts": at(MONDAY + WEEK, 15)})
    rival = Appointment(
        patient=make_patient("Conti"), kind="consultation", practitioner=practitioner, room=room,
        starts=line.starts, ends=line.ends, room_free_at=line.ends,
    )  # fmt: skip
    with pytest.raises(SlotTaken, match="has just been booked"):
        move_appointments(changes=[Change(row, 1, line)], by=reception_user, now=NOW, last_check=rival.save)
    assert local(row) == slot_of(row, ROME)


def test_a_signed_slot_is_for_its_appointment_alone(booked, practitioner, room) -> None:
    to = slot(practitioner, room, MONDAY + WEEK + DAY)
    token = seal_slot(booked[1], to)
    assert unseal_slot(booked[1], token) == to
    with pytest.raises(Refused):
        unseal_slot(booked[2], token)
    with pytest.raises(Refused):
        unseal_slot(booked[1], token[:-2])


def test_the_text_of_one_appointment_does_not_move_another(booked, practitioner, room, reception_user) -> None:
    token = seal_move(booked[1], None, Follows.ALONE, [(booked[1], slot(practitioner, room, MONDAY + WEEK + DAY))])
    with pytest.raises(Refused, match="damaged"):
        apply_move(appointment=booked[2], token=token, by=reception_user, now=NOW, key=uuid4())


# Undoing it.


def test_an_undo_puts_everything_back(plan, booked, practitioner, room, reception_user, doctor_user) -> None:
    before, days = all_slots(), list(plan.sittings.order_by("number").values_list("booked", "earliest", "latest"))
    made = move(booked[1], slot(practitioner, room, MONDAY + WEEK + 4 * DAY), Follows.REST, reception_user)
    undone = undo_move(move=made, by=doctor_user, now=NOW)
    assert all_slots() == before
    assert list(plan.sittings.order_by("number").values_list("booked", "earliest", "latest")) == days
    assert (undone.undone_by, undone.undone_at) == (doctor_user, NOW)
    assert fresh(booked[1]).version == 3


def test_undoing_twice_is_undoing_once(booked, practitioner, room, reception_user) -> None:
    made = move(booked[1], slot(practitioner, room, MONDAY + WEEK + 4 * DAY), Follows.REST, reception_user)
    undo_move(move=made, by=reception_user, now=NOW)
    undo_move(move=made, by=reception_user, now=NOW)
    assert fresh(booked[1]).version == 3


def test_what_changed_since_is_not_undone_and_nothing_else_either(booked, practitioner, room, reception_user) -> None:
    made = move(booked[1], slot(practitioner, room, MONDAY + WEEK + 4 * DAY), Follows.REST, reception_user)
    third = fresh(booked[2])
    move_appointment(
        appointment=third, practitioner=practitioner, room=room, equipment=None,
        starts=third.starts + timedelta(hours=1), minutes=15, by=reception_user, now=NOW, version=third.version,
    )  # fmt: skip
    before = all_slots()
    with pytest.raises(Stale, match="Sitting 3 was changed since"):
        undo_move(move=made, by=reception_user, now=NOW)
    assert all_slots() == before


def test_a_place_taken_since_is_not_given_back(booked, practitioner, room, reception_user) -> None:
    made = move(booked[1], slot(practitioner, room, MONDAY + WEEK + 4 * DAY), Follows.REST, reception_user)
    occupy(practitioner, room, booked[1].starts, 15, reception_user)
    before = all_slots()
    with pytest.raises(SlotTaken, match="Dr Bianchi is not free"):
        undo_move(move=made, by=reception_user, now=NOW)
    assert all_slots() == before
    assert Move.objects.get().undone_at is None


def test_a_place_that_is_over_is_not_given_back(booked, practitioner, room, reception_user) -> None:
    made = move(booked[1], slot(practitioner, room, MONDAY + WEEK + 4 * DAY), Follows.REST, reception_user)
    with pytest.raises(SlotTaken, match="over by now"):
        undo_move(move=made, by=reception_user, now=NOW + WEEK + DAY)


def test_an_undo_is_offered_for_a_day_and_until_the_next_change(booked, practitioner, room, reception_user) -> None:
    made = move(booked[1], slot(practitioner, room, MONDAY + WEEK + 4 * DAY), Follows.REST, reception_user)
    assert last_move(fresh(booked[1]), NOW) == last_move(fresh(booked[2]), NOW) == made
    assert last_move(fresh(booked[3]), NOW) is None
    assert last_move(fresh(booked[1]), NOW + 2 * DAY) is None
    undo_move(move=made, by=reception_user, now=NOW)
    assert last_move(fresh(booked[1]), NOW) is None


def test_a_booked_sitting_of_a_paused_plan_moves(plan, booked, practitioner, room, reception_user) -> None:
    pause_plan(plan=plan)
    row = fresh(booked[1])
    move(row, slot(practitioner, room, MONDAY + WEEK + DAY), Follows.ALONE, reception_user)
    assert local(row).day == MONDAY + WEEK + DAY


def test_equipment_goes_along(site, practitioner, room, patient, reception_user) -> None:
    gun = Equipment.objects.create(site=site, name="Gun 1", delivery="gun")
    practitioner.skills.add(Skill.objects.get(code="gun"))
    made = book_appointment(
        patient=patient, kind="review", practitioner=practitioner, room=room, equipment=gun,
        starts=at(MONDAY + DAY, 10), minutes=15, by=reception_user, now=NOW,
    )  # fmt: skip
    row = fresh(made)
    best = other_slots(appointment=row, now=NOW)[0].slot
    assert best.equipment == gun.pk
    undone = undo_move(move=move(row, best, Follows.ALONE, reception_user), by=reception_user, now=NOW)
    assert (fresh(row).starts, fresh(row).equipment, undone.undone_at) == (made.starts, gun, NOW)


def test_the_other_room_is_kept_when_it_is_put_back(site, booked, practitioner, room, reception_user) -> None:
    other, neri = Room.objects.create(site=site, name="Room 2", cleaning_minutes=20), make_practitioner("Dr Neri", site)
    made = move(booked[1], slot(neri, other, MONDAY + WEEK + DAY), Follows.ALONE, reception_user)
    row = fresh(booked[1])
    assert (row.room_free_at - row.ends, row.practitioner) == (timedelta(minutes=20), neri)
    undo_move(move=made, by=reception_user, now=NOW)
    assert local(booked[1]) == slot_of(booked[1], ROME)
    assert Practitioner.objects.count() == 2
    assert set(Appointment.objects.values_list("status", flat=True)) == {Status.BOOKED}
