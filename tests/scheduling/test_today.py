"""The Today page and an appointment's own page, as people of each role use them, with and without JavaScript."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from time_machine import travel

from scheduling.models import Absence, Appointment, Room, Site, SittingState, Status
from scheduling.selectors.local_time import next_on_grid
from scheduling.services import tracking
from scheduling.services.booking import book_appointment, book_cycle
from scheduling.services.proposing import propose_cycle
from tests.conftest import make_practitioner
from tests.pages import text
from tests.scheduling.booking_data import MONDAY, NOW, ROME, at, make_patient, make_plan, occupy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten_past_ten")]

TEN = at(MONDAY, 10)
HTMX = {"headers": {"HX-Request": "true"}}
DIAGNOSIS = "Localised oedema"


@pytest.fixture
def conti(practitioner, room, reception_user):
    return occupy(practitioner, room, TEN, 30, reception_user, make_patient("Conti"))


@pytest.fixture
def plan(patient, site, doctor_user, practitioner):
    return make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)


@pytest.fixture
def sitting(plan, practitioner, room, reception_user):
    """The first sitting of a weekly plan, booked for ten."""
    return book_appointment(
        patient=plan.patient, kind="sitting", sitting=plan.sittings.get(number=1), practitioner=practitioner,
        room=room, starts=TEN, minutes=15, by=reception_user, now=NOW,
    )  # fmt: skip


def step(client, appointment, verb, version=1, **more):
    data = {"version": version, **more.pop("data", {})}
    return client.post(reverse("appointment_step", args=[appointment.pk, verb]), data, **more)


def test_today_shows_the_day_its_figures_and_its_appointments(reception, conti):
    page = reception.get(reverse("today"))
    assert page.status_code == 200
    words = text(page)
    assert "Monday 23 November" in words
    assert "1 to come" in words
    assert "S. Conti" in words


def test_the_arrows_lead_to_the_days_around_and_back_to_today(reception, site):
    page = reception.get(reverse("today"), {"day": "2026-11-30"}).content.decode()
    assert 'href="/today/?day=2026-11-29"' in page
    assert 'href="/today/?day=2026-12-01"' in page
    assert 'href="/today/"' in page
    assert "Monday 30 November" in page


def test_a_day_of_another_year_says_its_year(reception, site):
    assert "Friday 1 January 2027" in text(reception.get(reverse("today"), {"day": "2027-01-01"}))


@pytest.mark.parametrize(
    "day", ["garbage", "0001-01-01", "9999-12-31", "2026-02-30", "\0", "2026-11-23\0", "x" * 10_000, "<b>", "-1"]
)
def test_a_day_that_cannot_be_read_is_answered_with_a_message_and_today(reception, site, day):
    page = reception.get(reverse("today"), {"day": day})
    assert page.status_code == 422
    assert 'class="refused"' in page.content.decode()
    assert "Monday 23 November" in text(page)


@pytest.mark.parametrize("name", ["who", "given", "show"])
@pytest.mark.parametrize("value", ["garbage", "-1", "9" * 30, "\0", "9223372036854775807"])
def test_nothing_else_in_the_address_breaks_the_page(reception, conti, name, value):
    page = reception.get(reverse("today"), {name: value})
    assert page.status_code in (200, 422)
    assert "S. Conti" in text(page)


@pytest.mark.parametrize("day", ["2000-01-01", "2100-12-31"])
def test_the_first_and_the_last_day_of_the_board_have_one_neighbour(reception, site, day):
    page = reception.get(reverse("today"), {"day": day})
    assert page.status_code == 200
    assert page.content.decode().count('data-key="Arrow') == 1


def test_a_clinic_without_a_site_is_told_what_to_do_next(client, reception_user, administrator_user):
    assert not Site.objects.exists()
    client.force_login(reception_user)
    assert "Ask an administrator" in text(client.get(reverse("today")))
    client.force_login(administrator_user)
    assert reverse("admin:scheduling_site_add") in client.get(reverse("today")).content.decode()


def test_a_day_on_which_nobody_works_says_so(reception, practitioner):
    assert "Nobody works on this day" in text(reception.get(reverse("today"), {"day": "2026-11-22"}))


def test_a_press_without_javascript_comes_back_to_the_same_day(reception, conti):
    done = step(reception, conti, "arrive", data={"day": "2026-11-23", "who": conti.practitioner_id}, follow=True)
    assert done.redirect_chain == [(f"/today/?day=2026-11-23&who={conti.practitioner_id}#act{conti.pk}", 302)]
    assert "Conti Sofia: arrived." in text(done)
    conti.refresh_from_db()
    assert conti.status == Status.ARRIVED


def test_a_press_with_javascript_gets_the_board_alone_with_its_undo(reception, conti):
    done = step(reception, conti, "arrive", data={"day": "2026-11-23"}, **HTMX)
    assert done.status_code == 200
    body = done.content.decode()
    assert body.lstrip().startswith("<div")
    assert 'id="day"' in body
    assert "Conti Sofia: arrived." in text(done)
    assert reverse("appointment_step", args=[conti.pk, "undo"]) in body


def test_the_board_keeps_the_id_of_the_button_so_that_focus_stays(reception, conti):
    before = reception.get(reverse("today")).content.decode()
    after = step(reception, conti, "arrive", data={"day": "2026-11-23"}, **HTMX).content.decode()
    assert all(f'id="act{conti.pk}"' in body for body in (before, after))


def test_the_whole_way_of_an_appointment_is_walked_from_the_board(reception, conti):
    for version, verb in enumerate(["arrive", "undo", "arrive", "start", "complete"], 1):
        assert step(reception, conti, verb, version, data={"day": "2026-11-23"}, **HTMX).status_code == 200
    conti.refresh_from_db()
    assert conti.status == Status.COMPLETED


def test_a_double_click_is_harmless(reception, conti):
    for _press in range(2):
        assert step(reception, conti, "arrive", data={"day": "2026-11-23"}, **HTMX).status_code == 200
    assert conti.history.count() == 2


@pytest.mark.parametrize("more", [{}, HTMX])
@pytest.mark.parametrize("data", [{}, {"day": "2026-11-23"}])
def test_a_page_that_is_behind_gets_409_the_sentence_and_things_as_they_stand(reception, conti, more, data):
    tracking.mark_arrived(appointment=conti, now=TEN)
    tracking.start_treatment(appointment=conti, now=TEN)
    answer = step(reception, conti, "no-show", data=data, **more)
    assert answer.status_code == 409
    assert "Somebody else changed this appointment" in text(answer)
    assert "Finish" in text(answer)


@pytest.mark.parametrize("more", [{}, HTMX])
@pytest.mark.parametrize("data", [{}, {"day": "2026-11-23"}])
def test_an_illegal_step_gets_422_and_the_sentence(reception, conti, more, data):
    answer = step(reception, conti, "complete", data=data, **more)
    assert answer.status_code == 422
    assert "Conti Sofia is booked: that cannot become completed." in text(answer)
    assert 'role="status"' in answer.content.decode()


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "\0"])
def test_a_press_without_a_readable_version_changes_nothing(reception, conti, version):
    assert step(reception, conti, "arrive", version).status_code == 422
    conti.refresh_from_db()
    assert conti.status == Status.BOOKED


def test_unknown_verbs_and_appointments_are_not_found(reception, conti):
    assert step(reception, conti, "destroy").status_code == 404
    for pk in (conti.pk + 1, 10**30):
        for name, more in (("appointment", ()), ("appointment_cancel", ()), ("appointment_step", ("arrive",))):
            assert reception.post(f"/appointments/{pk}/" + "".join(f"{verb}/" for verb in more)).status_code in (
                404,
                405,
            )
            assert reception.get(reverse(name, args=[pk, *more]), follow=True).status_code == 404


def test_a_step_is_never_taken_by_following_a_link(reception, conti):
    answer = reception.get(reverse("appointment_step", args=[conti.pk, "arrive"]))
    assert answer.url == reverse("appointment", args=[conti.pk])
    conti.refresh_from_db()
    assert conti.status == Status.BOOKED


def test_the_administrator_looks_and_does_not_track(client, administrator_user, conti):
    administrator_user.is_superuser = False
    administrator_user.save()
    client.force_login(administrator_user)
    page = client.get(reverse("today"))
    assert page.status_code == 200
    assert 'class="act"' not in page.content.decode()
    assert client.get(reverse("appointment", args=[conti.pk])).status_code == 200
    assert step(client, conti, "arrive").status_code == 403
    assert client.get(reverse("appointment_cancel", args=[conti.pk])).status_code == 403


def test_the_doctor_tracks_too(client, doctor_user, conti):
    client.force_login(doctor_user)
    assert step(client, conti, "arrive", data={"day": "2026-11-23"}, **HTMX).status_code == 200


def test_nobody_sees_the_day_without_signing_in(client, conti):
    for address in (reverse("today"), reverse("appointment", args=[conti.pk])):
        assert client.get(address).status_code == 302


def test_a_doctor_finds_their_own_column_first_on_the_phone(client, doctor_user, reception_user, site, room):
    make_practitioner("Dr Amato", site)
    make_practitioner("Dr Zeta", site, doctor_user)
    client.force_login(doctor_user)
    page = client.get(reverse("today")).content.decode()
    assert page.count("is-other") == 1
    assert re.search(r'aria-current="true">\s*Dr Zeta', page)


@pytest.mark.parametrize("count", [1, 10, 200])
def test_the_page_takes_at_most_twelve_queries(client, doctor_user, sitting, practitioner, site, count):
    cabin = Room.objects.create(site=site, name="Cabin")
    for n in range(count - 1):
        starts = at(MONDAY, 0) + timedelta(minutes=5 * n + (60 if n >= 120 else 0))
        ends = starts + timedelta(minutes=5)
        Appointment.objects.create(
            patient=make_patient(f"Patient {n}"), kind="consultation", practitioner=practitioner, room=cabin,
            starts=starts, ends=ends, room_free_at=ends,
        )  # fmt: skip
    client.force_login(doctor_user)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("today"))
    assert page.content.decode().count('class="slot') == count
    assert len(queries) == 12


def finished(client, appointment, **data):
    for version, verb in enumerate(["arrive", "start"], 1):
        step(client, appointment, verb, version, data=data)
    return step(client, appointment, "complete", 3, data=data, **HTMX)


def test_finishing_a_sitting_shows_three_offers_for_the_next_one(reception, sitting, plan):
    done = finished(reception, sitting, day="2026-11-23")
    body, words = done.content.decode(), text(done)
    assert "Next for S. Greco" in words
    assert "Sitting 2 · induction · window Sat 28 Nov – Thu 3 Dec" in words
    assert body.count('name="token"') == 3
    assert f'action="{reverse("book_sitting", args=[plan.sittings.get(number=2).pk])}"' in body


def test_an_offer_books_the_next_sitting_and_comes_back_to_the_board(reception, sitting, plan):
    body = finished(reception, sitting, day="2026-11-23").content.decode()
    token, key = (re.search(f'name="{name}" value="([^"]+)"', body)[1] for name in ("token", "key"))
    following = plan.sittings.get(number=2)
    back = f"/today/?day=2026-11-23&given={sitting.pk}"
    answer = reception.post(
        reverse("book_sitting", args=[following.pk]), {"token": token, "key": key, "next": back}, follow=True
    )
    assert answer.redirect_chain == [(back, 302)]
    following.refresh_from_db()
    assert following.state == SittingState.BOOKED
    assert reverse("appointment", args=[following.appointments.get().pk]) in answer.content.decode()


def test_finishing_a_sitting_shows_the_slot_the_next_one_has(reception, plan, doctor_user, room):
    slots = dict(enumerate(propose_cycle(plan=plan, now=NOW)[0].proposal.slots, 1))
    first, second = book_cycle(plan=plan, slots=slots, by=doctor_user, now=NOW)[:2]
    with travel(first.starts, tick=False):
        words = text(finished(reception, first, day=f"{first.starts:%Y-%m-%d}"))
    assert "Next for S. Greco" in words
    assert f"{slots[2].day.day} {slots[2].day:%b} 2026, {slots[2].start // 60:02}:{slots[2].start % 60:02}" in words
    assert "Dr Bianchi · Room 1" in words
    assert second.status == Status.BOOKED


def test_who_did_not_come_is_offered_other_days_before_today(reception, sitting):
    with travel(sitting.ends, tick=False):
        missed = step(reception, sitting, "no-show", 1, data={"day": "2026-11-23"}, **HTMX)
    offered = [row for day in missed.context["given"]["days"] for row in day.rows]
    assert len(offered) == 3
    assert sum(row.day == MONDAY for row in offered) == 0
    assert next(row for row in offered if row.best).day > MONDAY


def test_the_last_sitting_says_that_it_was_the_last(reception, sitting, plan):
    plan.sittings.filter(number__gt=1).update(state=SittingState.SKIPPED)
    assert "That was the last sitting of the plan." in text(finished(reception, sitting, day="2026-11-23"))


def test_finishing_without_javascript_leads_to_the_same_board_with_what_follows(reception, sitting):
    for version, verb in enumerate(["arrive", "start"], 1):
        step(reception, sitting, verb, version)
    answer = step(reception, sitting, "complete", 3, data={"day": "2026-11-23"}, follow=True)
    assert f"given={sitting.pk}" in answer.redirect_chain[0][0]
    assert "Next for S. Greco" in text(answer)


def test_the_appointment_page_tells_who_when_where_and_its_story(reception, sitting, reception_user):
    step(reception, sitting, "arrive")
    words = text(reception.get(reverse("appointment", args=[sitting.pk])))
    for told in ("Greco Sofia", "Mon 23 Nov 2026, 10:00–10:15", "Dr Bianchi", "Room 1", "1 · induction", "on its day"):
        assert told in words
    assert "Booked for Mon 23 Nov 2026, 10:00 with Dr Bianchi, Room 1" in words
    assert f"Arrived, 10 minutes late {reception_user}" in words


def test_reception_never_gets_the_diagnosis(reception, sitting):
    pages = [
        reverse("today"),
        reverse("appointment", args=[sitting.pk]),
        reverse("appointment_cancel", args=[sitting.pk]),
    ]
    bodies = [reception.get(page).content.decode() for page in pages]
    bodies.append(finished(reception, sitting, day="2026-11-23").content.decode())
    assert not [body for body in bodies if DIAGNOSIS in body]


def test_cancelling_shows_who_and_when_and_asks_the_reason(reception, sitting):
    page = text(reception.get(reverse("appointment_cancel", args=[sitting.pk])))
    assert "Greco Sofia" in page
    assert "Mon 23 Nov 2026, 10:00–10:15" in page
    assert "the reservation ran out" not in page


def cancel(client, appointment, **data):
    given = {"version": 1, "reason": "illness", "note": "flu"} | data
    return client.post(reverse("appointment_cancel", args=[appointment.pk]), given)


def test_a_cancelled_sitting_is_due_again_and_stays_visible(reception, sitting, plan):
    assert cancel(reception, sitting).status_code == 302
    words = text(reception.get(reverse("appointment", args=[sitting.pk])))
    assert "Cancelled by the patient, after it was to begin: the patient is ill (flu)" in words
    assert "Find another slot" in words
    assert plan.sittings.get(number=1).state == SittingState.DUE
    assert "the patient is ill" not in text(reception.get(reverse("today")))
    assert "the patient is ill" in text(reception.get(reverse("today"), {"show": "cancelled"}))


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"reason": "expired"}, {"note": "x" * 10_000}, {"note": "\0"}])
def test_a_cancel_form_that_cannot_be_read_keeps_what_was_typed(reception, conti, wrong):
    answer = cancel(reception, conti, **wrong)
    assert answer.status_code == 422
    assert "invalid-feedback" in answer.content.decode()
    conti.refresh_from_db()
    assert conti.status == Status.BOOKED


def test_cancelling_what_has_changed_shows_it_as_it_stands_and_asks_again(reception, conti):
    tracking.mark_arrived(appointment=conti, now=TEN)
    answer = cancel(reception, conti)
    assert answer.status_code == 409
    assert "arrived" in text(answer)
    assert 'value="flu"' in answer.content.decode()
    assert cancel(reception, conti, version=2).status_code == 302


def test_what_is_completed_cannot_be_cancelled(reception, conti):
    for verb in (tracking.mark_arrived, tracking.start_treatment, tracking.complete):
        verb(appointment=conti, now=TEN)
    assert reception.get(reverse("appointment_cancel", args=[conti.pk])).status_code == 422
    assert cancel(reception, conti, version=4).status_code == 422


def test_what_waits_stands_beside_the_day_with_its_act(reception, sitting, plan):
    step(reception, sitting, "no-show")
    page = reception.get(reverse("today"))
    assert "Greco Sofia did not come" in text(page)
    book = reverse("book_sitting", args=[plan.sittings.get(number=1).pk])
    assert f'href="{book}?next=%2Ftoday%2F%3Fday%3D2026-11-23"' in page.content.decode()


def test_names_are_written_and_never_run(reception, practitioner, room, reception_user):
    patient = make_patient("<script>alert(1)</script>")
    occupy(practitioner, room, TEN, 30, reception_user, patient)
    assert "<script>alert" not in reception.get(reverse("today")).content.decode()


def test_a_date_on_the_board_is_that_of_the_site(reception, site, practitioner):
    site.time_zone = "Pacific/Kiritimati"
    site.save()
    assert "Monday 23 November" in text(reception.get(reverse("today")))
    with travel(at(MONDAY, 11, 30), tick=False):
        assert "Tuesday 24 November" in text(reception.get(reverse("today")))


def poll(client):
    """The address the board asks, as it stands on the page."""
    body = client.get(reverse("today")).content.decode()
    return re.search(r'hx-get="([^"]*seen=[^"]*)"', body)[1].replace("&amp;", "&")


def test_the_board_asks_for_news_and_gets_nothing_while_nothing_changed(
    reception, conti, django_assert_max_num_queries
):
    address = poll(reception)
    with django_assert_max_num_queries(5):
        answer = reception.get(address, **HTMX)
    assert (answer.status_code, answer.content) == (204, b"")


def test_the_board_gets_what_a_colleague_did_and_the_next_minute(reception, conti):
    address = poll(reception)
    tracking.mark_arrived(appointment=conti, now=at(MONDAY, 10, 10))
    answer = reception.get(address, **HTMX)
    assert answer.status_code == 200
    assert "arrived" in text(answer)
    address = poll(reception)
    with travel(at(MONDAY, 10, 11), tick=False):
        answer = reception.get(address, **HTMX)
    assert "as of 10:11" in text(answer)


@pytest.mark.parametrize(
    ("page", "told"), [("today/", "true"), ("today/?who=1", "true"), ("today/?day=2026-11-23", None), ("", None)]
)
def test_a_board_opened_for_today_becomes_that_of_the_next_day(reception, reception_user, conti, page, told):
    address = poll(reception)
    here = {"HTTP_HX_CURRENT_URL": f"http://testserver/{page}"} if page else {}
    assert "HX-Refresh" not in reception.get(address, **HTMX, **here)
    with travel(at(MONDAY + timedelta(days=1), 8), tick=False):
        reception.force_login(reception_user)  # a session lasts twelve hours
        assert reception.get(address, **HTMX, **here).get("HX-Refresh") == told


def test_the_address_that_asks_for_news_is_a_page_for_a_browser_too(reception, conti):
    assert "S. Conti" in text(reception.get(poll(reception)))


def test_what_waits_is_grouped_by_kind_with_the_act_beside_it(reception, conti, plan):
    page = reception.get(reverse("today"))
    assert 'id="needs-closing"' in page.content.decode()
    assert reverse("book_cycle", args=[plan.pk]) in page.content.decode()


def test_initials_stand_for_names_everywhere_once_chosen(reception, reception_user, conti):
    reception.post(reverse("preferences"), {"initials_only": "true"})
    board = reception.get(reverse("today"))
    assert "S. C." in text(board)
    assert "Conti" not in text(board)
    for name in ("appointment", "appointment_cancel"):
        assert "Conti" not in reception.get(reverse(name, args=[conti.pk])).content.decode()
    done = step(reception, conti, "arrive", data={"day": "2026-11-23"}, follow=True)
    assert "S. C.: arrived." in text(done)
    assert "Conti" not in reception.get(reverse("patient", args=[conti.patient_id])).content.decode()
    reception.post(reverse("preferences"), {"initials_only": "false"})
    assert "S. Conti" in text(reception.get(reverse("today")))


def test_keys_are_switched_off_for_one_person(reception, site):
    assert "data-keys-off" not in reception.get(reverse("today")).content.decode()
    reception.post(reverse("preferences"), {"single_keys": "false"})
    assert "data-keys-off" in reception.get(reverse("today")).content.decode()


@pytest.mark.parametrize(
    ("now", "minutes", "starts"),
    [
        (at(MONDAY, 10), 5, at(MONDAY, 10)),
        (at(MONDAY, 10, 1), 15, at(MONDAY, 10, 15)),
        (at(MONDAY, 23, 58), 5, at(MONDAY + timedelta(days=1), 0)),
    ],
)
def test_the_next_time_on_the_grid_is_now_or_a_little_later(now, minutes, starts):
    assert next_on_grid(now, ROME, minutes) == starts


def test_all_that_needs_somebody_is_shown_when_asked_for_and_stays_so(reception, practitioner, room, reception_user):
    for hour in range(11, 18):
        occupy(practitioner, room, at(MONDAY, hour), 30, reception_user, make_patient(f"Sala{hour}"))
    Absence.objects.create(practitioner=practitioner, starts=at(MONDAY, 10, 30), ends=at(MONDAY, 20), reason="Illness")
    page = reception.get(reverse("today"))
    assert text(page).count("has to move") == 5
    address = re.search(r'class="more"\s+href="([^"]+needs=all[^"]*)"', page.content.decode())[1]
    everything = reception.get(unescape(address.partition("#")[0]))
    assert text(everything).count("has to move") == 7
    assert "All of them" not in text(everything)
    pressed = Appointment.objects.first()
    data = {"needs": "all", "day": f"{MONDAY:%Y-%m-%d}"}
    assert text(step(reception, pressed, "arrive", data=data, **HTMX)).count("has to move") == 6
