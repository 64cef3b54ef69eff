"""What waits for somebody at the desk: each kind of line, in its order, with the act that settles it."""

from datetime import date, timedelta

import pytest
from time_machine import travel

from scheduling.models import Absence, Closure, PlanState, TreatmentPlan
from scheduling.selectors.board_rows import read_lost
from scheduling.selectors.needs import needs_of
from scheduling.services import tracking
from scheduling.services.booking import book_cycle
from scheduling.services.planning import propose_plan
from scheduling.services.proposing import propose_cycle
from tests.conftest import make_practitioner
from tests.pages import words
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

pytestmark = pytest.mark.django_db


def needs(site, approves=False, now=NOW):
    return [(need.what, need.why, need.act, need.page) for kind in kinds(site, approves, now) for need in kind.lines]


def kinds(site, approves=False, now=NOW):
    return needs_of(site, MONDAY, now, read_lost(site, MONDAY, now), approves=approves)


def test_nothing_waits_in_a_clinic_where_all_is_done(site, practitioner, room, reception_user):
    occupy(practitioner, room, at(MONDAY, 10), 30, reception_user, make_patient("Conti"))
    assert needs(site, approves=True) == []


def test_a_no_show_waits_to_be_rebooked_until_it_is(site, patient, doctor_user, practitioner, room):
    plan = make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)
    slots = dict(enumerate(propose_cycle(plan=plan, now=NOW)[0].proposal.slots, 1))
    first = book_cycle(plan=plan, slots=slots, by=doctor_user, now=NOW)[0]
    assert needs(site) == []
    after = first.starts + timedelta(minutes=10)
    tracking.mark_no_show(appointment=first, now=after)
    (missed,) = needs(site, now=after)
    assert missed[0] == "Greco Sofia did not come"
    assert missed[1].startswith("sitting 1 · window closes")
    assert missed[2:] == ("Rebook", "book_sitting")
    (closed,) = needs(site, now=after + timedelta(days=15))
    assert closed[0] == "Greco Sofia: sitting 1 has no slot"
    assert closed[1].startswith("closed ")
    assert closed[2:] == ("Find a slot", "book_sitting")


def test_a_first_visit_that_was_missed_waits_until_the_patient_has_another_appointment(
    site, practitioner, room, reception_user
):
    patient = make_patient("Conti")
    made = occupy(practitioner, room, at(MONDAY, 9), 30, reception_user, patient)
    after = at(MONDAY, 9) + timedelta(minutes=15)
    tracking.mark_no_show(appointment=made, now=after)
    (missed,) = kinds(site, now=after)
    assert (missed.key, missed.count) == ("missed", 1)
    assert missed.lines[0].what == "Conti Sofia did not come"
    assert missed.lines[0].why == f"{made.get_kind_display()} · Mon 23 Nov, 09:00"
    assert (missed.lines[0].page, missed.lines[0].pk) == ("appointment", made.pk)
    again = occupy(practitioner, room, at(MONDAY + timedelta(days=1), 9), 30, reception_user, patient)
    assert needs(site, now=after) == []
    tracking.cancel_appointment(appointment=again, reason="patient", by=reception_user, now=after)
    assert [need[0] for need in needs(site, now=after)] == ["Conti Sofia did not come"]


def test_plans_not_fully_booked_come_by_how_soon_their_window_closes(site, doctor_user, practitioner):
    for surname, week in (("Later", 4), ("Sooner", 2), ("Soonest", 0)):
        start = MONDAY + timedelta(days=7 * week)
        make_plan(make_patient(surname), site, doctor_user, counts=[8], start=start, practitioner=practitioner)
    assert [need[:2] for need in needs(site)] == [
        ("Soonest Sofia: sitting 1 has no slot", "closes in 3 days · 8 sittings to book"),
        ("Sooner Sofia: cycle not booked yet", "8 sittings to book"),
        ("Later Sofia: cycle not booked yet", "8 sittings to book"),
    ]
    assert [kind.key for kind in kinds(site)] == ["closing", "unbooked"]


def test_a_gap_in_a_booked_cycle_is_told_as_the_sitting_without_a_slot(
    site, patient, doctor_user, practitioner, room, reception_user
):
    plan = make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)
    slots = dict(enumerate(propose_cycle(plan=plan, now=NOW)[0].proposal.slots, 1))
    third, fourth = book_cycle(plan=plan, slots=slots, by=doctor_user, now=NOW)[2:4]
    tracking.cancel_appointment(appointment=third, reason="patient", by=reception_user, now=NOW)
    assert needs(site)[0][:3] == ("Greco Sofia: sitting 3 has no slot", "1 sitting to book", "Find a slot")
    tracking.cancel_appointment(appointment=fourth, reason="patient", by=reception_user, now=NOW)
    assert needs(site)[0][:3] == ("Greco Sofia: sitting 3 has no slot", "2 sittings to book", "Book cycle")


def test_a_plan_with_many_overdue_sittings_hides_no_other_plan(site, doctor_user, practitioner):
    for surname in ("First", "Second", "Third"):
        start = MONDAY - timedelta(days=300)
        make_plan(make_patient(surname), site, doctor_user, counts=[15], start=start, practitioner=practitioner)
    for surname in ("Closing", "Also"):
        make_plan(make_patient(surname), site, doctor_user, counts=[8], practitioner=practitioner)
    (closing,) = kinds(site)
    assert (closing.key, closing.count) == ("closing", 5)


def test_where_no_more_plans_were_read_the_number_says_that_it_is_the_least(
    client, site, doctor_user, practitioner, reception_user
):
    for n in range(41):
        make_plan(make_patient(f"P{n}"), site, doctor_user, counts=[1], practitioner=practitioner)
    for n in range(39):
        make_plan(make_patient(f"Q{n}"), site, doctor_user, counts=[1], practitioner=practitioner, approved=False)
    TreatmentPlan.objects.filter(approved_at=None).update(state=PlanState.PROPOSED, proposed_at=NOW)
    closing, approval = kinds(site, approves=True)
    assert (closing.key, closing.count, closing.at_least) == ("closing", 40, True)
    assert (approval.key, approval.count, approval.at_least) == ("approval", 39, False)
    with travel(NOW, tick=False):
        client.force_login(reception_user)
        assert '<span class="count">40+</span>' in words(client.get("/today/"))
    (later,) = kinds(site, now=NOW - timedelta(days=7))
    assert (later.key, later.count, later.at_least) == ("unbooked", 40, True)


def test_a_plan_to_approve_waits_for_those_who_may(site, patient, doctor_user, practitioner):
    plan = make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner, approved=False)
    assert needs(site, approves=True) == []
    propose_plan(plan=plan, now=NOW)
    assert [kind.key for kind in kinds(site, approves=True)] == ["approval"]
    assert needs(site, approves=True)[0][0] == "Greco Sofia: plan to approve"
    assert needs(site) == []


@pytest.mark.parametrize("lost", ["absence", "closure", "room", "holiday"])
def test_booked_time_that_was_lost_has_to_move(site, practitioner, room, reception_user, lost):
    day = date(2026, 12, 8) if lost == "holiday" else MONDAY
    made = occupy(practitioner, room, at(day, 10), 30, reception_user, make_patient("Conti"))
    occupy(practitioner, room, at(MONDAY, 12), 30, reception_user, make_patient("Stays"))
    span = {"starts": at(day, 10, 25), "ends": at(day, 11)}
    if lost == "absence":
        Absence.objects.create(practitioner=practitioner, **span)
    elif lost == "closure":
        Closure.objects.create(site=site, **span)
    elif lost == "room":
        Closure.objects.create(site=site, room=room, **span)
    (kind,) = kinds(site)
    (need,) = kind.lines
    assert (kind.key, kind.count) == ("overtaken", 1)
    assert (need.what, need.page, need.pk) == ("Conti Sofia has to move", "appointment_move", made.pk)


@pytest.mark.parametrize("lost", ["absences", "closures", "rooms"])
def test_thousands_of_absences_and_closures_still_tell_who_has_to_move(site, practitioner, room, reception_user, lost):
    made = occupy(practitioner, room, at(MONDAY, 10), 30, reception_user, make_patient("Conti"))
    spans = [
        (at(MONDAY, 9) + timedelta(minutes=20 * n), at(MONDAY, 9) + timedelta(minutes=20 * n + 10)) for n in range(1200)
    ]
    if lost == "absences":
        Absence.objects.bulk_create(Absence(practitioner=practitioner, starts=a, ends=b) for a, b in spans)
    else:
        where = {"room": room} if lost == "rooms" else {}
        Closure.objects.bulk_create(Closure(site=site, starts=a, ends=b, **where) for a, b in spans)
    (kind,) = kinds(site)
    assert [need.pk for need in kind.lines] == [made.pk]


def test_time_that_is_lost_beside_an_appointment_moves_nobody(site, practitioner, room, reception_user):
    occupy(practitioner, room, at(MONDAY, 10), 30, reception_user, make_patient("Conti"))
    other = make_practitioner("Dr Neri", site)
    Absence.objects.create(practitioner=practitioner, starts=at(MONDAY, 10, 30), ends=at(MONDAY, 11))
    Absence.objects.create(practitioner=other, starts=at(MONDAY, 9), ends=at(MONDAY, 18))
    Closure.objects.create(site=site, starts=at(MONDAY, 9), ends=at(MONDAY, 10))
    assert needs(site) == []


def test_what_waits_takes_three_queries_beside_the_time_that_is_lost(
    site, doctor_user, practitioner, django_assert_num_queries
):
    for n in range(7):
        make_plan(make_patient(f"P{n}"), site, doctor_user, counts=[8], practitioner=practitioner)
    with django_assert_num_queries(4):
        (kind,) = kinds(site, approves=True)
    assert (kind.count, len(kind.lines)) == (7, 5)
