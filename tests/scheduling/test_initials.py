"""Initials only: no page, title, message or feed has a patient's name, but for the papers and forms that must."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import get_resolver, reverse

from patients.models import Patient
from scheduling.models import Absence, BusyMask, FreedSlot, Room, SlotOffer
from scheduling.services import tracking
from scheduling.services.batches import book_next, make_batch
from scheduling.services.booking import book_appointment
from scheduling.services.calling import log_attempt, mark_do_not_contact
from scheduling.services.planning import propose_plan
from scheduling.services.proposing import propose_cycle, reserve_proposal
from scheduling.services.waiting import offer_slot, refuse_offer
from scheduling.services.wishes import Wanted, add_wish
from tests.architecture.test_documents import matrix, routes
from tests.scheduling.booking_data import MONDAY, NOW, at, make_plan, occupy
from tests.scheduling.test_recall_list import recall_plan

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
# The patient's own paper, and the form in which the name is typed.
WITH_NAMES = {"print_card", "patient_edit"}
# No pages of ours, or ones that only lead to another.
NO_PAGES = {"admin:index", "home", "health", "walk_in", "waiting_slot"}
SURNAME, GIVEN = "Zanzottera", "Domitilla"


def make(n: int) -> Patient:
    return Patient.objects.create(
        surname=f"{SURNAME}{n}", given_name=GIVEN, birth_date=MONDAY - 12000 * DAY, sex="F", phone="+393331204455"
    )


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(at(MONDAY, 11), tick=False):
        yield


@pytest.fixture
def desk(client: Client, doctor_user) -> Client:
    """A doctor, who sees every list, with initials chosen."""
    doctor_user.initials_only = True
    doctor_user.save()
    client.force_login(doctor_user)
    return client


@pytest.fixture
def things(site, practitioner, room, doctor_user) -> dict[str, object]:
    """Something on every list and page, for the numbers in their addresses: each of another patient."""
    Room.objects.create(site=site, name="Room 2")
    plans = [make_plan(make(n), site, doctor_user, counts=[3], practitioner=practitioner) for n in range(7)]
    first, due, held, waits, booked, left, proposed = plans
    rooms = {"practitioner": practitioner, "room": room, "by": doctor_user, "now": NOW}
    sitting = first.sittings.get(number=1)
    seen = book_appointment(
        patient=first.patient, kind="sitting", sitting=sitting, starts=at(MONDAY, 9), minutes=15, **rooms
    )
    late = waits.sittings.get(number=1)
    book_appointment(
        patient=waits.patient, kind="sitting", sitting=late, starts=at(MONDAY + 3 * DAY, 12), minutes=15, **rooms
    )
    answer = propose_cycle(plan=held, now=at(MONDAY, 11))
    reserve_proposal(plan=held, token=answer[0].token, key=uuid4(), by=doctor_user, now=at(MONDAY, 11))
    proposed.state = "draft"
    proposed.save()
    propose_plan(plan=proposed, now=NOW)
    missed = occupy(practitioner, room, at(MONDAY, 8), 15, doctor_user, make(7))
    tracking.mark_no_show(appointment=missed, now=at(MONDAY, 8, 30))
    gone = occupy(practitioner, room, at(MONDAY + 2 * DAY, 10), 20, doctor_user, make(8))
    tracking.cancel_appointment(appointment=gone, reason="patient", by=doctor_user, now=NOW)
    here = occupy(practitioner, room, at(MONDAY, 10), 15, doctor_user, make(9))
    tracking.mark_arrived(appointment=here, now=at(MONDAY, 10))
    overtaken = occupy(practitioner, room, at(MONDAY + 9 * DAY, 15), 15, doctor_user, make(10))
    Absence.objects.create(practitioner=practitioner, starts=overtaken.starts, ends=overtaken.ends)
    wishes = [
        add_wish(sitting=each, wanted=Wanted(MONDAY), by=doctor_user, now=NOW)
        for each in (late, due.sittings.get(number=1))
    ]
    freed = FreedSlot.objects.get()
    offer_slot(freed=freed, wish=wishes[1], key=uuid4(), by=doctor_user, now=NOW)
    refuse_offer(offer=SlotOffer.objects.get(), answer="refused", by=doctor_user, now=NOW)
    recall = recall_plan(site, f"{SURNAME}11", MONDAY + DAY)
    log_attempt(plan=recall, by=doctor_user, now=NOW, channel="phone", outcome="no-answer", key=uuid4(), next_on=MONDAY)
    mark_do_not_contact(patient=waits.patient, reason="moved", by=doctor_user, now=NOW)
    batch = make_batch(plans=[booked, left], key=uuid4(), by=doctor_user, now=NOW)
    book_next(batch=batch, by=doctor_user, now=at(MONDAY, 11))
    return {
        "patients": first.patient, "plans": due, "held": held, "recalls": recall, "batches": batch,
        "sittings": first.sittings.get(number=2), "protocols": due.protocol, "appointments": seen,
        "freed-slots": freed, "missed": missed, "gone": gone, "overtaken": overtaken, "waits": late,
    }  # fmt: skip


def pages(things: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Every page of the matrix that shows something, by name, with its address."""
    acts = {row.name for row in matrix() if row.is_act}
    for name, route in routes(get_resolver().url_patterns):
        if name in acts | WITH_NAMES | NO_PAGES:
            continue
        thing = things.get(route.partition("/")[0])
        yield name, "/" + route.replace("<int:pk>", str(getattr(thing, "pk", "")))


def more(things: dict[str, object]) -> list[str]:
    """Pages as they are when something is asked of them."""
    pk = {name: getattr(thing, "pk", 0) for name, thing in things.items()}
    return [
        "/today/?show=cancelled", f"/today/?given={pk['missed']}", f"/today/?given={pk['gone']}", "/find/?q=zanz",
        "/patients/?q=zanz", "/book/?q=zanz", f"/find/?q=app+{pk['appointments']}", f"/find/?q=plan+{pk['plans']}",
        "/calendar/?view=week&show=cancelled", "/calendar/?view=week&by=room", "/calendar/?view=week&by=site",
        "/calendar/events/?view=week&show=cancelled", "/calendar/events/?kind=sitting", "/to-book/?q=zanz&choose=all",
        "/recalls/?within=90", f"/plans/new/?patient={pk['patients']}", "/print/day/?by=room",
        f"/appointments/new/?patient={pk['patients']}", "/appointments/new/?q=zanz",
        f"/patients/{pk['patients']}/book/visit/?kind=review", f"/plans/{pk['held']}/reserved/",
        f"/plans/{pk['held']}/book/", f"/plans/{pk['held']}/", f"/appointments/{pk['overtaken']}/move/",
        f"/appointments/{pk['gone']}/", f"/appointments/{pk['missed']}/", f"/sittings/{pk['waits']}/wish/",
    ]  # fmt: skip


def with_name(answer) -> str:
    """What stands around a patient's name in an answer; nothing when it has none."""
    found = re.search(rf".{{0,60}}({SURNAME}|{GIVEN}).{{0,20}}", unescape(answer.content.decode()), re.S | re.I)
    return found[0] if found else ""


def test_no_page_has_a_patients_name(desk, things) -> None:
    seen, named = set(), []
    for name, address in [*pages(things), *(("", address) for address in more(things))]:
        answer = desk.get(address, follow=True)
        assert answer.status_code in (200, 409), (address, answer.status_code)
        named += [(address, with_name(answer))] if with_name(answer) else []
        seen.add(name)
    assert named == []
    assert {"today", "calendar_events", "find", "batch", "recalls", "waiting_list", "review", "print_calls"} <= seen


def test_the_same_pages_have_names_without_the_choice(desk, doctor_user, things) -> None:
    doctor_user.initials_only = False
    doctor_user.save()
    for address in ("/today/", "/find/?q=zanz", "/waiting-list/", "/recalls/", "/calendar/events/", "/review/"):
        assert with_name(desk.get(address)), address


def test_the_card_and_the_form_of_a_patient_keep_the_name(desk, things) -> None:
    for name, key in (("print_card", "plans"), ("patient_edit", "patients")):
        assert with_name(desk.get(reverse(name, args=[things[key].pk])))  # type: ignore[attr-defined]


def test_no_message_has_a_patients_name(desk, things) -> None:
    sitting = things["sittings"]
    slots = desk.get(reverse("book_sitting", args=[sitting.pk]))
    row = slots.context["days"][0].rows[0]
    cycle = desk.get(reverse("book_cycle", args=[things["plans"].pk]))
    missed = things["missed"]
    acts = [
        ("book_sitting", sitting.pk, {"token": row.token, "key": uuid4(), "next": "/today/"}),
        ("book_cycle_confirm", things["plans"].pk, {"token": cycle.context["cards"][0].token, "key": uuid4()}),
        ("recall", things["recalls"].pk, {"channel": "phone", "outcome": "message", "key": uuid4()}),
        ("do_not_contact", missed.patient_id, {"reason": "moved"}),
        ("contact_again", missed.patient_id, {}),
        ("wish", things["waits"].pk, {"earliest": "2026-11-24", "version": "1"}),
        ("appointment_cancel", things["overtaken"].pk, {"version": things["overtaken"].version, "reason": "patient"}),
        ("batch_stop", things["batches"].pk, {}),
        ("batch_take_back", things["batches"].lines.get(state="booked").pk, {}),
    ]
    for name, pk, data in acts:
        answer = desk.post(reverse(name, args=[pk]), data, follow=True)
        assert answer.status_code == 200, name
        assert list(answer.context["messages"]), name
        assert not with_name(answer), name


def test_what_a_batch_keeps_of_a_refusal_has_no_name_whoever_ran_it(site, practitioner, room, doctor_user) -> None:
    tomorrow = MONDAY + DAY
    for hour in range(9, 18):
        occupy(practitioner, room, at(tomorrow, hour), 55, doctor_user, make(hour))
    # As if the time were free when it is proposed and taken whenever it is booked.
    BusyMask.objects.update(cells="0" * 72)
    plan = make_plan(make(1), site, doctor_user, counts=[1], practitioner=practitioner)
    batch = make_batch(plans=[plan], key=uuid4(), by=doctor_user, now=NOW)
    (line,) = book_next(batch=batch, by=doctor_user, now=NOW)
    assert line.state == "refused"
    assert "D. Z. is booked there" in line.why


def test_who_is_in_the_way_has_no_name(desk, things, practitioner, room) -> None:
    moved = things["overtaken"]
    place: dict[str, object] = {
        "day": "2026-11-26",
        "at": "12:00",
        "minutes": 15,
        "practitioner": practitioner.pk,
        "room": room.pk,
    }
    answer = desk.post(reverse("appointment_put", args=[moved.pk]), {**place, "version": moved.version, "sure": "on"})
    assert answer.status_code == 409
    assert "D. Z. is" in answer.content.decode()
    assert not with_name(answer)
