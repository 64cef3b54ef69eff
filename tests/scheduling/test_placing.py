"""An appointment put somewhere by hand: moved on its page or by a drag, booked in time that is free."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from time_machine import travel

from patients.models import Patient
from scheduling.models import Absence, Appointment, Equipment, Room, Skill, Status
from scheduling.models.resources import Delivery
from scheduling.services.booking import book_appointment
from tests.conftest import make_practitioner
from tests.pages import text
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten_past_ten")]
JSON = {"headers": {"Accept": "application/json"}}
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def conti(practitioner, room, reception_user):
    return occupy(practitioner, room, at(MONDAY, 12), 30, reception_user, make_patient("Conti"))


@pytest.fixture
def plan(patient, site, doctor_user, practitioner):
    return make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)


@pytest.fixture
def sitting(plan, practitioner, room, reception_user):
    """The first sitting of a weekly plan, booked for noon; its window closes on Thursday."""
    return book_appointment(
        patient=plan.patient, kind="sitting", sitting=plan.sittings.get(number=1), practitioner=practitioner,
        room=room, starts=at(MONDAY, 12), minutes=15, by=reception_user, now=NOW,
    )  # fmt: skip


def where(appointment, **changes):
    """What a drag sends: where the appointment is, but for the changes."""
    stands = {
        "day": "2026-11-23", "at": "12:00", "minutes": 30, "practitioner": appointment.practitioner_id,
        "room": appointment.room_id, "version": appointment.version,
    }  # fmt: skip
    return {**stands, **changes}


def drag(client, appointment, **changes):
    return client.post(reverse("appointment_put", args=[appointment.pk]), where(appointment, **changes), **JSON)


def test_a_drag_moves_and_says_where_it_stands_now(reception, conti, reception_user):
    answer = drag(reception, conti, at="14:30")
    assert answer.status_code == 200
    assert answer.json()["said"] == "Conti Sofia: now Mon 23 Nov 2026, 14:30–15:00 with Dr Bianchi, Room 1."
    conti.refresh_from_db()
    assert (conti.starts, conti.version) == (at(MONDAY, 14, 30), 2)
    assert conti.history.first().history_user == reception_user


def test_a_resize_changes_the_length(reception, conti):
    assert drag(reception, conti, minutes=45).status_code == 200
    conti.refresh_from_db()
    assert conti.ends - conti.starts == timedelta(minutes=45)


def test_what_a_drag_did_is_taken_back_by_what_it_answered(reception, conti, site):
    other, cabin = make_practitioner("Dr Neri", site), Room.objects.create(site=site, name="Cabin")
    undo = drag(reception, conti, at="15:00", practitioner=other.pk, room=cabin.pk).json()["undo"]
    assert reception.post(reverse("appointment_put", args=[conti.pk]), undo, **JSON).status_code == 200
    before = (conti.starts, conti.practitioner_id, conti.room_id)
    conti.refresh_from_db()
    assert (conti.starts, conti.practitioner_id, conti.room_id) == before


def test_the_second_of_two_tabs_is_told_and_moves_nothing(reception, conti):
    assert drag(reception, conti, at="14:00").status_code == 200
    answer = drag(reception, conti, at="16:00")
    assert answer.status_code == 409
    assert "Somebody else changed this appointment" in answer.json()["said"]
    conti.refresh_from_db()
    assert conti.starts == at(MONDAY, 14)


def test_nobody_is_asked_about_what_has_changed_or_was_cancelled(reception, sitting):
    far = {"day": "2026-12-23", "minutes": 15}
    assert "ask" in drag(reception, sitting, **far).json()
    stale = drag(reception, sitting, **far, version=sitting.version + 1)
    assert (stale.status_code, "ask" in stale.json()) == (409, False)
    sitting.status = Status.CANCELLED
    sitting.save()
    gone = drag(reception, sitting, **far)
    assert (gone.status_code, gone.json()["said"]) == (422, "Only a booked appointment can be moved.")


def test_a_drop_on_taken_time_says_who_holds_it(reception, conti, practitioner, room, reception_user):
    occupy(practitioner, room, at(MONDAY, 15), 30, reception_user, make_patient("Serra"))
    answer = drag(reception, conti, at="15:15")
    assert answer.status_code == 409
    assert "Serra Sofia is booked there" in answer.json()["said"]


def test_a_drop_outside_working_hours_is_refused(reception, conti):
    answer = drag(reception, conti, at="18:30")
    assert answer.status_code == 422
    assert answer.json()["said"] == "Dr Bianchi does not work at Studio Prati at that time."


def test_a_drop_into_an_absence_is_refused(reception, conti, practitioner):
    Absence.objects.create(practitioner=practitioner, starts=at(TUESDAY, 9), ends=at(TUESDAY, 18))
    answer = drag(reception, conti, day="2026-11-24")
    assert answer.status_code == 422
    assert "absence" in answer.json()["said"]


def test_a_drop_off_the_five_minutes_is_refused(reception, conti):
    answer = drag(reception, conti, at="14:03")
    assert answer.status_code == 422
    assert "whole 5 minutes" in answer.json()["said"]


def test_only_what_is_booked_is_moved(reception, conti):
    Appointment.objects.update(status=Status.ARRIVED)
    answer = drag(reception, conti, at="14:00")
    assert (answer.status_code, answer.json()["said"]) == (422, "Only a booked appointment can be moved.")


def test_a_room_that_is_taken_gives_way_to_a_free_one_when_any_will_do(reception, conti, site, room, reception_user):
    neri = make_practitioner("Dr Neri", site)
    occupy(neri, room, at(MONDAY, 15), 30, reception_user, make_patient("Serra"))
    cabin = Room.objects.create(site=site, name="Cabin")
    refused = drag(reception, conti, at="15:00")
    assert "Room 1 is not free" in refused.json()["said"]
    answer = drag(reception, conti, at="15:00", any_room="on")
    assert answer.json()["said"].endswith("with Dr Bianchi, Cabin.")
    conti.refresh_from_db()
    assert conti.room == cabin


def test_a_sitting_is_asked_about_before_it_leaves_its_window(reception, sitting):
    window = sitting.sitting.latest
    after = (window + timedelta(days=1)).isoformat()
    answer = drag(reception, sitting, day=after, minutes=15)
    assert (answer.status_code, list(answer.json())) == (422, ["ask"])
    assert answer.json()["ask"] == "That is 1 day after its window closes: put it there all the same?"
    sitting.refresh_from_db()
    assert sitting.starts == at(MONDAY, 12)
    assert drag(reception, sitting, day=after, minutes=15, sure="on").status_code == 200
    sitting.sitting.refresh_from_db()
    assert sitting.sitting.booked == window + timedelta(days=1)


def test_the_least_gap_between_sittings_is_kept_even_when_one_is_sure(
    reception, sitting, plan, practitioner, room, reception_user
):
    second = plan.sittings.get(number=2)
    later = book_appointment(
        patient=plan.patient, kind="sitting", sitting=second, practitioner=practitioner, room=room,
        starts=at(second.ideal, 12), minutes=15, by=reception_user, now=NOW,
    )  # fmt: skip
    answer = drag(reception, later, day="2026-11-24", minutes=15, sure="on")
    assert answer.status_code == 422
    assert "less than" in answer.json()["said"]


@pytest.mark.parametrize("sure", [{}, {"sure": "on"}])
@pytest.mark.parametrize("when", [{"at": "09:30"}, {"at": "10:05"}, {"day": "2026-11-20"}])
def test_nothing_goes_to_an_earlier_time_that_has_passed(reception, conti, when, sure):
    answer = drag(reception, conti, **when, **sure)
    assert answer.status_code == 422
    assert answer.json() == {"said": "That time has passed: choose a later one."}
    page = reception.post(reverse("appointment_put", args=[conti.pk]), where(conti, **when, **sure))
    assert page.status_code == 422
    assert page.context["form"].errors["at"] == ["That time has passed: choose a later one."]
    assert "That time has passed" in text(page)
    conti.refresh_from_db()
    assert (conti.starts, conti.version) == (at(MONDAY, 12), 1)


def test_an_appointment_is_brought_forward_to_this_moment(reception, conti):
    assert drag(reception, conti, at="10:10").status_code == 200


@pytest.mark.parametrize("changes", [{"at": "13:00"}, {"minutes": 45}, {"at": "12:15"}, {"day": "2026-11-24"}])
def test_what_has_begun_is_put_later_or_made_longer_and_back(reception, conti, changes):
    with travel(at(MONDAY, 12, 40), tick=False):
        answer = drag(reception, conti, **changes)
        assert answer.status_code == 200
        undo = answer.json()["undo"]
        assert reception.post(reverse("appointment_put", args=[conti.pk]), undo, **JSON).status_code == 200
    conti.refresh_from_db()
    assert (conti.starts, conti.ends) == (at(MONDAY, 12), at(MONDAY, 12, 30))


def test_what_has_begun_gets_another_room_and_practitioner_where_it_is(reception, conti, site):
    neri, cabin = make_practitioner("Dr Neri", site), Room.objects.create(site=site, name="Cabin")
    with travel(at(MONDAY, 12, 40), tick=False):
        assert drag(reception, conti, practitioner=neri.pk, room=cabin.pk).status_code == 200


def test_a_day_that_is_over_is_asked_about_before_a_missed_appointment_goes_there(reception, conti, reception_user):
    with travel(at(MONDAY + timedelta(days=3), 9), tick=False):
        reception.force_login(reception_user)
        answer = drag(reception, conti, day="2026-11-24")
        assert answer.json() == {"ask": "That day is over: put it there all the same?"}
        assert drag(reception, conti, day="2026-11-24", sure="on").status_code == 200


def train_for_gun(practitioner):
    gun, _made = Skill.objects.get_or_create(code=Delivery.GUN, defaults={"name_en": "gun", "name_it": "pistola"})
    practitioner.skills.add(gun)


def test_a_sitting_goes_only_to_those_trained_for_it(reception, sitting, plan, site):
    plan.delivery = Delivery.GUN
    plan.save()
    neri = make_practitioner("Dr Neri", site)
    answer = drag(reception, sitting, practitioner=neri.pk, minutes=15)
    assert answer.status_code == 422
    assert "Dr Neri is not trained" in answer.json()["said"]
    train_for_gun(neri)
    assert drag(reception, sitting, practitioner=neri.pk, minutes=15).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": "garbage"}, {"day": "0001-01-01"}, {"at": "25:00"}, {"at": ""}, {"minutes": "0"}, {"minutes": "-15"},
        {"minutes": "99999"}, {"minutes": "7"}, {"minutes": "9" * 400},
        {"practitioner": "999"}, {"practitioner": "\0"}, {"room": "x"},
        {"room": "9" * 30}, {"version": ""}, {"version": "9" * 30},
    ],
)  # fmt: skip
def test_a_drag_that_cannot_be_read_is_answered_with_a_sentence(reception, conti, wrong):
    answer = drag(reception, conti, **wrong)
    assert answer.status_code == 422
    assert answer.json()["said"]
    conti.refresh_from_db()
    assert conti.version == 1


def test_the_hour_that_does_not_exist_is_refused(reception, conti):
    answer = drag(reception, conti, day="2027-03-28", at="02:30")
    assert answer.status_code == 422
    assert "does not exist" in answer.json()["said"]


def test_a_drag_after_the_session_ended_moves_nothing_and_sends_no_json(client, conti):
    answer = drag(client, conti, at="14:00")
    assert answer.status_code == 403
    assert "json" not in answer["Content-Type"]
    conti.refresh_from_db()
    assert conti.version == 1


def test_the_form_moves_and_the_calendar_offers_to_take_it_back(reception, conti):
    page = reception.get(reverse("appointment_put", args=[conti.pk]), {"next": "/calendar/?view=week"})
    assert page.context["form"]["at"].value() == "12:00"
    sent = where(conti, at="14:00", next="/calendar/?view=week")
    answer = reception.post(reverse("appointment_put", args=[conti.pk]), sent, follow=True)
    assert answer.redirect_chain == [(f"/calendar/?view=week&moved={conti.pk}", 302)]
    undo = answer.context["undo"]
    assert undo.when == "Mon 23 Nov 2026, 14:00–14:30"
    again = {**undo.fields, "sure": "on", "next": "/calendar/"}
    reception.post(reverse("appointment_put", args=[conti.pk]), again)
    conti.refresh_from_db()
    assert conti.starts == at(MONDAY, 12)


def test_a_move_is_offered_to_be_taken_back_for_ten_seconds_and_only_to_who_made_it(
    reception, conti, doctor_user, client
):
    drag(reception, conti, at="14:00")
    with travel(at(MONDAY, 10, 10) + timedelta(seconds=11), tick=False):
        assert reception.get(reverse("calendar"), {"moved": conti.pk}).context["undo"] is None
    assert reception.get(reverse("calendar"), {"moved": conti.pk}).context["undo"]
    client.force_login(doctor_user)
    assert client.get(reverse("calendar"), {"moved": conti.pk}).context["undo"] is None


def test_the_form_keeps_what_was_typed_beside_a_refusal_and_a_question(reception, sitting):
    address = reverse("appointment_put", args=[sitting.pk])
    refused = reception.post(address, where(sitting, at="19:00", minutes=15))
    assert refused.status_code == 422
    assert 'value="19:00"' in refused.content.decode()
    assert "does not work" in text(refused)
    asked = reception.post(address, where(sitting, day="2026-12-01", minutes=15))
    assert asked.status_code == 422
    assert 'name="sure"' in asked.content.decode()
    assert 'name="sure"' not in refused.content.decode()


def test_the_form_after_somebody_else_moved_it_shows_where_it_stands_and_can_be_sent_again(reception, conti):
    drag(reception, conti, at="14:00")
    address = reverse("appointment_put", args=[conti.pk])
    stale = reception.post(address, where(conti, at="16:00"))
    assert stale.status_code == 409
    assert "14:00–14:30" in text(stale)
    assert reception.post(address, where(conti, at="16:00", version=2)).status_code == 302


def test_a_move_that_came_from_elsewhere_is_never_sent_to_another_site(reception, conti):
    sent = where(conti, at="14:00", next="https://example.org/calendar/")
    assert reception.post(reverse("appointment_put", args=[conti.pk]), sent)["Location"] == f"/appointments/{conti.pk}/"


def new(client, patient, **typed):
    address = reverse("appointment_new", query={"patient": patient.pk})
    sent = {"what": "consultation", "day": "2026-11-23", "at": "15:00", "minutes": 30, "key": uuid4(), **typed}
    return client.post(address, sent)


def test_the_search_for_the_patient_keeps_the_chosen_time(reception, patient, practitioner, room):
    gap = {"day": "2026-11-23", "at": "15:00", "minutes": 30, "room": room.pk, "next": "/calendar/?by=room"}
    answer = reception.get(reverse("appointment_new"), {**gap, "q": "greco"})
    kept = f"day=2026-11-23&at=15%3A00&minutes=30&room={room.pk}&next=%2Fcalendar%2F%3Fby%3Droom"
    assert answer.url == f"{reverse('appointment_new')}?{kept}&patient={patient.pk}"
    form = reception.get(reverse("appointment_new"), {**gap, "patient": patient.pk}).context["form"]
    assert [form[name].value() for name in ("at", "minutes", "room")] == ["15:00", 30, room.pk]


def test_a_new_patient_comes_back_to_the_chosen_time(reception, site):
    typed = {"surname": "Nuova", "given_name": "Ada", "birth_date": "1990-05-05", "sex": "F"}
    waiting = "/appointments/new/?day=2026-11-23&at=15%3A00&patient="
    answer = reception.post(reverse("patient_new"), {**typed, "next": waiting})
    assert answer["Location"] == f"{waiting}{Patient.objects.get(surname='Nuova').pk}"


def test_free_time_without_a_name_is_given_somebody_and_somewhere_that_are_free(
    reception, patient, conti, site, practitioner
):
    gap = {"patient": patient.pk, "day": "2026-11-23", "at": "12:00", "minutes": 30}
    neri, cabin = make_practitioner("Dr Neri", site), Room.objects.create(site=site, name="Cabin")
    form = reception.get(reverse("appointment_new"), gap).context["form"]
    assert (form["practitioner"].value(), form["room"].value()) == (neri.pk, cabin.pk)


def test_an_appointment_of_any_kind_is_booked_once_however_often_it_is_pressed(reception, patient, practitioner, room):
    key = uuid4()
    sent = {"practitioner": practitioner.pk, "room": room.pk, "what": "review", "key": key}
    first, second = new(reception, patient, **sent), new(reception, patient, **sent)
    assert (first["Location"], second["Location"]) == ("/calendar/?date=2026-11-23",) * 2
    (made,) = Appointment.objects.all()
    assert (made.kind, made.starts, made.sitting) == ("review", at(MONDAY, 15), None)


def test_the_same_press_with_another_note_is_another_booking(reception, patient, practitioner, room):
    sent = {"practitioner": practitioner.pk, "room": room.pk, "what": "review", "key": uuid4()}
    assert new(reception, patient, **sent).status_code == 302
    again = new(reception, patient, **sent, note="bring the scans")
    assert (again.status_code, "bring the scans" in again.content.decode()) == (422, True)
    assert Appointment.objects.get().note == ""


def test_the_next_sitting_of_each_plan_can_be_booked(reception, plan, practitioner, room):
    first = plan.sittings.get(number=1)
    page = reception.get(reverse("appointment_new"), {"patient": plan.patient_id})
    assert [name for name, _words in page.context["form"].fields["what"].choices][:2] == [
        f"sitting-{first.pk}", "consultation",
    ]  # fmt: skip
    sent = {"what": f"sitting-{first.pk}", "practitioner": practitioner.pk, "room": room.pk, "minutes": 15}
    assert new(reception, plan.patient, **sent).status_code == 302
    first.refresh_from_db()
    assert (first.state, first.booked) == ("booked", MONDAY)


def test_a_sitting_with_a_gun_takes_a_free_one_or_says_that_none_is(reception, plan, practitioner, room):
    plan.delivery = Delivery.GUN
    plan.save()
    train_for_gun(practitioner)
    first = plan.sittings.get(number=1)
    sent = {"what": f"sitting-{first.pk}", "practitioner": practitioner.pk, "room": room.pk, "minutes": 15}
    assert "No gun is free at that time." in text(new(reception, plan.patient, **sent))
    gun = Equipment.objects.create(site=room.site, name="G-01", delivery=Delivery.GUN)
    assert new(reception, plan.patient, **sent).status_code == 302
    assert Appointment.objects.get().equipment == gun


def test_a_sitting_with_a_gun_is_booked_once_however_often_it_is_pressed(reception, plan, practitioner, room):
    plan.delivery = Delivery.GUN
    plan.save()
    train_for_gun(practitioner)
    Equipment.objects.create(site=room.site, name="G-01", delivery=Delivery.GUN)
    first = plan.sittings.get(number=1)
    sent = {"what": f"sitting-{first.pk}", "practitioner": practitioner.pk, "room": room.pk, "key": uuid4()}
    pressed = [new(reception, plan.patient, **sent) for _ in range(2)]
    assert [answer["Location"] for answer in pressed] == ["/calendar/?date=2026-11-23"] * 2
    assert Appointment.objects.get().sitting == first


def test_a_sitting_that_somebody_else_has_booked_meanwhile_is_said_to_be(reception, sitting, practitioner, room):
    sent = {"what": f"sitting-{sitting.sitting_id}", "practitioner": practitioner.pk, "room": room.pk}
    answer = new(reception, sitting.patient, **sent, note="Brings the letter")
    assert answer.status_code == 409
    assert "This sitting has just been booked by somebody else." in text(answer)
    assert "Brings the letter" in answer.content.decode()


def test_a_sitting_of_another_patient_is_no_choice(reception, sitting, practitioner, room):
    sent = {"what": f"sitting-{sitting.sitting_id}", "practitioner": practitioner.pk, "room": room.pk}
    assert new(reception, make_patient("Serra"), **sent).status_code == 422


def test_a_later_sitting_that_is_asked_for_is_what_the_time_is_chosen_for(reception, plan, practitioner, room):
    later = plan.sittings.get(number=3)
    page = reception.get(reverse("book_sitting", args=[later.pk]))
    form = reception.get(page.context["by_hand"]).context["form"]
    assert form["what"].value() == f"sitting-{later.pk}"


def test_a_booking_of_taken_time_keeps_what_was_typed(reception, patient, conti):
    sent = {"practitioner": conti.practitioner_id, "room": conti.room_id, "at": "12:15", "note": "Brings the letter"}
    answer = new(reception, patient, **sent)
    assert answer.status_code == 409
    assert "Conti Sofia is booked there" in text(answer)
    assert "Brings the letter" in answer.content.decode()
    assert Appointment.objects.count() == 1


def test_a_lost_race_offers_other_times_of_that_day_each_one_press_away(reception, patient, conti, practitioner):
    sent = {"practitioner": conti.practitioner_id, "room": conti.room_id, "at": "12:15"}
    answer = new(reception, patient, **sent)
    # Conti until 12:30, and five minutes for the room; half an hour before and after it is free.
    times = [f"{time.at:%H:%M}" for time in answer.context["times"]]
    assert times == ["11:00", "11:15", "12:45", "13:00", "13:15", "13:30"]
    assert new(reception, patient, **sent, free=f"12:45 {conti.room_id}").status_code == 302
    assert Appointment.objects.get(patient=patient).starts == at(MONDAY, 12, 45)


def test_a_move_to_taken_time_offers_times_that_its_own_does_not_block(
    reception, conti, practitioner, room, reception_user
):
    occupy(practitioner, room, at(MONDAY, 15), 30, reception_user, make_patient("Serra"))
    answer = reception.post(reverse("appointment_put", args=[conti.pk]), where(conti, at="15:00"))
    assert answer.status_code == 409
    times = [f"{time.at:%H:%M}" for time in answer.context["times"]]
    assert times == ["13:45", "14:00", "14:15", "15:45", "16:00", "16:15"]


@pytest.mark.parametrize(
    ("when", "question"),
    [
        ({"at": "09:30"}, "That time has passed: put it there all the same?"),
        ({"day": "2026-11-20"}, "That day is over: put it there all the same?"),
    ],
)
def test_what_was_given_without_an_appointment_is_written_down_when_one_is_sure(
    reception, patient, practitioner, room, when, question
):
    sent = {"practitioner": practitioner.pk, "room": room.pk, **when}
    asked = new(reception, patient, **sent)
    assert asked.status_code == 422
    assert question in text(asked)
    assert new(reception, patient, **sent, sure="on").status_code == 302


def test_a_second_press_is_not_asked_about_a_time_that_has_passed_since_the_first(
    reception, patient, practitioner, room
):
    sent = {"practitioner": practitioner.pk, "room": room.pk, "at": "10:15", "key": uuid4()}
    assert new(reception, patient, **sent).status_code == 302
    with travel(at(MONDAY, 10, 30), tick=False):
        assert new(reception, patient, **sent).status_code == 302
    assert Appointment.objects.count() == 1


def test_who_walked_in_while_the_form_was_filled_in_is_not_asked_about(reception, patient, practitioner, room):
    sent = {"practitioner": practitioner.pk, "room": room.pk, "at": "10:00", "here": "on"}
    assert new(reception, patient, **sent).status_code == 302
    assert Appointment.objects.get().status == Status.ARRIVED


def test_a_sitting_outside_its_window_is_booked_only_when_one_is_sure(reception, plan, practitioner, room):
    first = plan.sittings.get(number=1)
    sent = {
        "what": f"sitting-{first.pk}", "practitioner": practitioner.pk, "room": room.pk, "minutes": 15,
        "day": (first.latest + timedelta(days=4)).isoformat(),
    }  # fmt: skip
    asked = new(reception, plan.patient, **sent)
    assert asked.status_code == 422
    assert "4 days after its window closes" in text(asked)
    assert new(reception, plan.patient, **sent, sure="on").status_code == 302


@pytest.mark.parametrize(
    ("query", "status"),
    [({"day": "garbage"}, 422), ({"at": "\0"}, 422), ({"minutes": "x"}, 422), ({"patient": "999"}, 404), ({}, 200)],
)
def test_an_address_of_free_time_that_cannot_be_read_is_told(reception, site, query, status):
    assert reception.get(reverse("appointment_new"), query).status_code == status


@pytest.mark.parametrize("wrong", [{"what": "sitting-9"}, {"day": "x"}, {"key": "x"}, {"room": "x"}, {"at": "7"}])
def test_a_booking_that_cannot_be_read_is_told_beside_what_was_typed(reception, patient, practitioner, room, wrong):
    answer = new(reception, patient, **{"practitioner": practitioner.pk, "room": room.pk, "note": "Kept", **wrong})
    assert answer.status_code == 422
    assert "Kept" in answer.content.decode()
    assert not Appointment.objects.exists()


def test_a_damaged_key_is_made_anew_so_that_the_next_press_books(reception, patient, practitioner, room):
    sent = {"practitioner": practitioner.pk, "room": room.pk}
    damaged = new(reception, patient, **sent, key="x")
    assert damaged.status_code == 422
    assert new(reception, patient, **sent, key=damaged.context["form"]["key"].value()).status_code == 302


def test_going_back_and_booking_another_time_is_told_first_and_booked_by_the_next_press(
    reception, patient, practitioner, room
):
    sent = {"practitioner": practitioner.pk, "room": room.pk, "key": uuid4()}
    assert new(reception, patient, **sent).status_code == 302
    again = new(reception, patient, **sent, at="17:00")
    assert (again.status_code, Appointment.objects.count()) == (422, 1)
    sent["key"] = again.context["form"]["key"].value()
    assert new(reception, patient, **sent, at="17:00").status_code == 302


def test_a_drag_asks_the_same_number_of_questions_however_much_is_booked(
    reception, conti, site, practitioner, room, reception_user
):
    def questions(at):
        conti.refresh_from_db()
        with CaptureQueriesContext(connection) as captured:
            assert drag(reception, conti, at=at, any_room="on").status_code == 200
        return len(captured)

    few = questions("13:00")
    for n in range(12):
        other, cabin = make_practitioner(f"Dr {n}", site), Room.objects.create(site=site, name=f"Cabin {n}")
        occupy(other, cabin, at(MONDAY, 13), 30, reception_user, make_patient(f"P{n}"))
    assert questions("14:00") == few
