"""Booking several plans in one run: the order, one transaction for each, resuming, stopping, taking back."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.models import (
    Absence,
    Appointment,
    Batch,
    BatchLine,
    BookingKey,
    BookingPreference,
    LineState,
    PlanState,
    Room,
    SittingState,
    TreatmentPlan,
    UnavailableDates,
)
from scheduling.selectors.batches import batches, line_rows, progress_of
from scheduling.services.batches import MOST_PLANS, book_next, make_batch, stop_batch, take_back
from scheduling.services.planning import pause_plan
from scheduling.services.proposing import book_proposal, propose_cycle, reserve_proposal
from scheduling.services.refusals import KeyReused, Refused
from scheduling.services.tracking import complete, mark_arrived, start_treatment
from tests.conftest import make_practitioner, make_user
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan

DAY = timedelta(days=1)


@pytest.fixture
def new_plan(site, practitioner, room, doctor_user):
    """Makes a plan of weekly sittings for a patient of its own."""

    def make(surname: str, sittings: int = 3, **values) -> TreatmentPlan:
        return make_plan(
            make_patient(surname), site, doctor_user, counts=[sittings], practitioner=practitioner, **values
        )

    return make


@pytest.fixture
def three(new_plan) -> list[TreatmentPlan]:
    return [new_plan(surname) for surname in ("Conti", "Riva", "Serra")]


def batch_of(plans, by) -> Batch:
    return make_batch(plans=plans, key=uuid4(), by=by, now=NOW)


def test_nobody_is_booked_today_without_having_been_asked(new_plan, reception_user) -> None:
    plan = new_plan("Conti")
    early = at(MONDAY, 8)
    (proposed, *_others) = propose_cycle(plan=plan, now=early)
    assert proposed.proposal.slots[0].day == MONDAY
    batch = make_batch(plans=[plan], key=uuid4(), by=reception_user, now=early)
    assert [line.state for line in book_next(batch=batch, by=reception_user, now=early)] == [LineState.BOOKED]
    first = Appointment.objects.filter(sitting__plan=plan).order_by("starts").first()
    assert first.starts >= at(MONDAY + DAY, 0)


def states(batch: Batch) -> list[str]:
    return list(batch.lines.order_by("position").values_list("state", flat=True))


def booked_of(plan: TreatmentPlan) -> int:
    return Appointment.objects.filter(sitting__plan=plan, status="booked").count()


# Making.


def test_the_plans_get_their_turn_by_window_then_freedom_then_wait(new_plan, reception_user) -> None:
    late = new_plan("Leone", start=MONDAY + 9 * DAY)
    first, busy = new_plan("Conti"), new_plan("Riva")
    longest = new_plan("Serra")
    UnavailableDates.objects.create(patient=busy.patient, first=MONDAY, last=MONDAY + DAY)
    TreatmentPlan.objects.filter(pk=longest.pk).update(approved_at=longest.approved_at - DAY)
    nothing = new_plan("Villa")
    nothing.sittings.update(state=SittingState.SKIPPED)
    chosen = TreatmentPlan.objects.order_by("-pk")
    batch = batch_of(list(chosen), reception_user)
    turns = [line.plan for line in batch.lines.order_by("position")]
    assert turns == [busy, longest, first, late, nothing]
    assert Appointment.objects.count() == 0


def test_the_same_press_makes_one_batch(three, reception_user) -> None:
    key = uuid4()
    first = make_batch(plans=three, key=key, by=reception_user, now=NOW)
    assert make_batch(plans=three[::-1], key=key, by=reception_user, now=NOW) == first
    with pytest.raises(KeyReused):
        make_batch(plans=three[:2], key=key, by=reception_user, now=NOW)
    assert (Batch.objects.count(), BatchLine.objects.count()) == (1, 3)


def test_a_batch_has_at_least_one_plan_and_not_too_many(three, reception_user) -> None:
    for plans in ([], three * MOST_PLANS):
        with pytest.raises(Refused) as refused:
            batch_of(plans, reception_user)
        assert refused.value.field == "plans"
    assert not Batch.objects.exists()


# Going on.


def test_each_step_books_the_next_plan_whole(three, reception_user) -> None:
    batch = batch_of(three, reception_user)
    for done in range(1, 4):
        (line,) = book_next(batch=batch, by=reception_user, now=NOW)
        assert (line.position, line.state, line.done_by, line.done_at) == (done, "booked", reception_user, NOW)
        assert line.booking.key == line.key
        assert booked_of(line.plan) == 3
        assert states(batch) == ["booked"] * done + ["waiting"] * (3 - done)
    assert book_next(batch=batch, by=reception_user, now=NOW) == []
    assert Appointment.objects.count() == 9


def test_several_plans_are_booked_in_one_press_when_asked(three, reception_user) -> None:
    batch = batch_of(three, reception_user)
    assert len(book_next(batch=batch, by=reception_user, now=NOW, most=2)) == 2
    assert states(batch) == ["booked", "booked", "waiting"]


def test_a_plan_gets_the_slots_of_its_own_page_s_first_proposal(new_plan, site, practitioner, reception_user) -> None:
    plan = new_plan("Conti")
    other = make_practitioner("Dr Neri", site)
    BookingPreference.objects.create(patient=plan.patient, weekdays=[3], practitioner=other)
    best = propose_cycle(plan=plan, now=NOW)[0].proposal
    book_next(batch=batch_of([plan], reception_user), by=reception_user, now=NOW)
    rows = Appointment.objects.order_by("starts")
    assert [(row.practitioner_id, row.starts.date()) for row in rows] == [(s.practitioner, s.day) for s in best.slots]
    assert {row.practitioner for row in rows} == {other}
    assert {row.starts.weekday() for row in rows} == {3}


def test_a_preferred_practitioner_who_cannot_treat_leaves_the_plan_s_own(new_plan, practitioner, reception_user, site):
    plan = new_plan("Conti")
    make_practitioner("Dr Abate", site)
    gone = make_practitioner("Dr Verdi", site)
    gone.sites.clear()
    BookingPreference.objects.create(patient=plan.patient, practitioner=gone)
    book_next(batch=batch_of([plan], reception_user), by=reception_user, now=NOW)
    assert {row.practitioner for row in Appointment.objects.all()} == {practitioner}


def test_what_cannot_be_placed_says_why_and_the_rest_goes_on(three, practitioner, reception_user) -> None:
    away = three[0]
    UnavailableDates.objects.create(patient=away.patient, first=MONDAY, last=MONDAY + 20 * DAY)
    batch = batch_of(three, reception_user)
    book_next(batch=batch, by=reception_user, now=NOW, most=3)
    assert states(batch) == ["not-placed", "booked", "booked"]
    line = batch.lines.get(plan=away)
    assert line.why.startswith("Sitting 1 has no slot between Mon 23 Nov 2026 and Thu 26 Nov 2026. The patient is not")
    assert (line.booking, booked_of(away), line.done_by) == (None, 0, reception_user)


def test_a_plan_paused_or_booked_meanwhile_is_refused_with_the_sentence(three, reception_user) -> None:
    batch = batch_of(three, reception_user)
    pause_plan(plan=three[0])
    token = propose_cycle(plan=three[1], now=NOW)[0].token
    book_proposal(plan=three[1], token=token, by=reception_user, now=NOW)
    book_next(batch=batch, by=reception_user, now=NOW, most=3)
    assert states(batch) == ["refused", "refused", "booked"]
    assert list(batch.lines.order_by("position").values_list("why", flat=True)) == [
        "The plan is paused: only an approved plan can be booked.",
        "Every sitting of this plan has its slot.",
        "",
    ]
    assert booked_of(three[1]) == 3


def test_a_plan_that_a_colleague_has_reserved_is_refused_and_says_by_whom(three, doctor_user, reception_user) -> None:
    batch = batch_of(three[:1], reception_user)
    token = propose_cycle(plan=three[0], now=NOW)[0].token
    reserve_proposal(plan=three[0], token=token, by=doctor_user, now=NOW, key=uuid4())
    (line,) = book_next(batch=batch, by=reception_user, now=NOW)
    assert (line.state, line.booking) == ("refused", None)
    assert "Bianchi" in line.why
    assert set(Appointment.objects.values_list("status", flat=True)) == {"reserved"}


def test_another_person_goes_on_where_the_first_left(three, doctor_user, reception_user) -> None:
    batch = batch_of(three, reception_user)
    book_next(batch=batch, by=reception_user, now=NOW)
    book_next(batch=batch, by=doctor_user, now=NOW + DAY, most=9)
    assert states(batch) == ["booked"] * 3
    assert [line.done_by for line in batch.lines.order_by("position")] == [reception_user, doctor_user, doctor_user]
    assert set(Appointment.objects.values_list("booked_by__username", flat=True)) == {"ferri", "bianchi"}


def test_the_second_of_two_batches_with_one_plan_does_not_book_it_again(three, reception_user) -> None:
    one, two = batch_of(three, reception_user), batch_of(three[:1], reception_user)
    book_next(batch=one, by=reception_user, now=NOW, most=3)
    (line,) = book_next(batch=two, by=reception_user, now=NOW)
    assert line.state == "refused"
    assert booked_of(three[0]) == 3


# Stopping.


def test_a_stopped_batch_books_no_more_and_keeps_what_is_booked(three, doctor_user, reception_user) -> None:
    batch = batch_of(three, reception_user)
    book_next(batch=batch, by=reception_user, now=NOW)
    assert stop_batch(batch=batch, by=doctor_user, now=NOW) == 2
    assert book_next(batch=batch, by=reception_user, now=NOW) == []
    assert stop_batch(batch=batch, by=reception_user, now=NOW + DAY) == 2
    batch.refresh_from_db()
    assert (batch.stopped_by, batch.stopped_at) == (doctor_user, NOW)
    assert states(batch) == ["booked", "waiting", "waiting"]
    assert Appointment.objects.count() == 3


def test_a_finished_batch_is_not_stopped(three, reception_user) -> None:
    batch = batch_of(three, reception_user)
    book_next(batch=batch, by=reception_user, now=NOW, most=3)
    assert stop_batch(batch=batch, by=reception_user, now=NOW) == 0
    assert progress_of(batches().get()).state == "finished"


# Taking back.


def test_a_line_taken_back_frees_all_its_sittings_as_a_mistake(three, doctor_user, reception_user) -> None:
    batch = batch_of(three, reception_user)
    line, kept, _third = book_next(batch=batch, by=reception_user, now=NOW, most=3)
    assert take_back(line=line, by=doctor_user) == 3
    gone = Appointment.objects.filter(sitting__plan=line.plan)
    assert set(gone.values_list("status", "cancel_reason")) == {("cancelled", "mistake")}
    assert {row.history.latest().history_user for row in gone} == {doctor_user}
    assert set(line.plan.sittings.values_list("state", "booked")) == {("due", None)}
    assert states(batch) == ["taken-back", "booked", "booked"]
    assert booked_of(kept.plan) == 3
    with pytest.raises(Refused, match="still booked"):
        take_back(line=line, by=doctor_user)
    again = propose_cycle(plan=TreatmentPlan.objects.get(pk=line.plan_id), now=NOW)[0]
    assert len(again.numbers) == 3


def test_what_was_given_stays_when_the_rest_is_taken_back(three, reception_user) -> None:
    batch = batch_of(three[:1], reception_user)
    (line,) = book_next(batch=batch, by=reception_user, now=NOW)
    first = Appointment.objects.earliest("starts")
    for step in (mark_arrived, start_treatment, complete):
        step(appointment=first, now=first.starts)
    assert take_back(line=line, by=reception_user) == 2
    assert list(line.plan.sittings.order_by("number").values_list("state", flat=True)) == ["completed", "due", "due"]
    assert TreatmentPlan.objects.get(pk=line.plan_id).state == PlanState.RUNNING


def test_a_line_that_booked_nothing_has_nothing_to_take_back(three, reception_user) -> None:
    line = batch_of(three, reception_user).lines.earliest("position")
    with pytest.raises(Refused, match="still booked"):
        take_back(line=line, by=reception_user)
    line.refresh_from_db()
    assert line.state == LineState.WAITING


# What the page is told.


def test_a_booked_line_tells_its_pattern_last_day_and_drift(new_plan, site, doctor_user, reception_user) -> None:
    plan = new_plan("Conti", sittings=4)
    batch = batch_of([plan], reception_user)
    proposal = propose_cycle(plan=plan, now=NOW, first=MONDAY + DAY)[0].proposal
    book_next(batch=batch, by=reception_user, now=NOW)
    (row,) = line_rows(batch, NOW)
    assert row.booked
    assert (row.booked.count, row.booked.last) == (4, proposal.figures.last)
    assert row.booked.mean_drift == proposal.figures.mean_drift
    assert row.booked.pattern.startswith("Wednesdays ")
    assert (row.booked.who, row.booked.outside_window) == ("Dr Bianchi, all 4", 0)


def test_a_step_and_its_rows_cost_the_same_for_2_and_50_plans(
    site, practitioner, room, doctor_user, reception_user
) -> None:
    Room.objects.create(site=site, name="Room 2")
    counts = []
    for surname, many in (("Due", 2), ("Tanti", 50)):
        plans = [make_plan(make_patient(f"{surname}{n}"), site, doctor_user, counts=[2]) for n in range(many)]
        batch = batch_of(plans, reception_user)
        with CaptureQueriesContext(connection) as queries:
            book_next(batch=batch, by=reception_user, now=NOW)
            assert len(line_rows(batch, NOW)) == many
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 60


def test_a_booking_is_made_with_the_line_s_own_key_alone(three, reception_user) -> None:
    batch = batch_of(three, reception_user)
    book_next(batch=batch, by=reception_user, now=NOW, most=3)
    assert set(BookingKey.objects.values_list("key", flat=True)) == set(batch.lines.values_list("key", flat=True))


def test_an_absence_entered_between_two_steps_is_kept_to(three, practitioner, reception_user) -> None:
    batch = batch_of(three, reception_user)
    book_next(batch=batch, by=reception_user, now=NOW)
    Absence.objects.create(practitioner=practitioner, starts=NOW, ends=NOW + 30 * DAY)
    book_next(batch=batch, by=make_user("neri"), now=NOW, most=2)
    assert states(batch) == ["booked", "not-placed", "not-placed"]
