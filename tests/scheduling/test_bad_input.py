"""Every form of the desk, damaged or long overtaken by others: answered in words, never by an error page."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from html.parser import HTMLParser
from uuid import uuid4

import pytest
import time_machine
from django.db import transaction
from django.db.models import F
from django.test import Client
from django.urls import reverse

from clinic.models import User
from patients.models import Patient
from scheduling.engine.terms import Slot
from scheduling.models import (
    Appointment,
    Batch,
    BatchLine,
    Closure,
    CycleRepeat,
    DoNotContact,
    EarlierWish,
    FreedSlot,
    PlanState,
    Practitioner,
    Protocol,
    Room,
    Site,
    Sitting,
    SittingState,
    SlotOffer,
    Status,
    TreatmentPlan,
    WorkingHours,
)  # fmt: skip
from scheduling.services.batches import make_batch
from scheduling.services.booking import book_cycle
from scheduling.services.moves import seal_slot
from scheduling.services.proposing import propose_cycle, reserve_proposal
from scheduling.services.tracking import cancel_appointment
from scheduling.services.wishes import Wanted, add_wish
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy
from tests.scheduling.test_recall_list import recall_plan

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
ANSWERS = (200, 204, 302, 403, 404, 409, 422)
BAD = ("", "x" * 10_000, "\x00", "9" * 30, "²")


class PostForms(HTMLParser):
    """The forms of a page that are posted: where to, and each field with the value it has."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.pressed: list[tuple[str, dict[str, str]]] = []
        self.inside = False
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = told.get("method", "").lower() == "post"
            if self.inside:
                self.forms.append((told.get("action", ""), {}))
        elif self.inside and tag == "button" and told.get("formaction"):
            self.pressed.append((told["formaction"], self.forms[-1][1]))
        elif self.inside and tag == "select":
            self.select = told["name"]
            self.forms[-1][1][self.select] = ""
        elif self.inside and tag == "option" and self.select:
            if "selected" in told or not self.forms[-1][1][self.select]:
                self.forms[-1][1][self.select] = told.get("value", "")
        elif self.inside and tag in ("input", "textarea") and _counts(told):
            self.forms[-1][1][told["name"]] = told.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        if tag == "select":
            self.select = ""


def _counts(told: dict[str, str]) -> bool:
    """Whether a browser would send it."""
    return bool(told.get("name")) and (told.get("type") not in ("checkbox", "radio") or "checked" in told)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def pages(site, patient, practitioner, room, doctor_user, reception_user) -> dict[str, str]:
    """The pages with forms, each with something on it: a booked plan, one to book, a batch, a wish, a freed slot."""
    plan = make_plan(patient, site, doctor_user, counts=[5], practitioner=practitioner)
    slots = {n: Slot(MONDAY + WEEK * n, 600, 15, practitioner.pk, room.pk, None) for n in range(1, 4)}
    booked = book_cycle(plan=plan, slots=slots, by=reception_user, now=NOW)
    other = make_plan(make_patient("Conti"), site, doctor_user, counts=[3], practitioner=practitioner)
    batch = make_batch(plans=[other], key=uuid4(), by=reception_user, now=NOW)
    today = occupy(practitioner, room, at(MONDAY, 12), 20, reception_user, make_patient("Oggi"))
    gone = occupy(practitioner, room, at(MONDAY + DAY, 10), 20, reception_user, make_patient("Neri"))
    cancel_appointment(appointment=gone, reason="patient", by=reception_user, now=NOW)
    add_wish(sitting=booked[1].sitting, wanted=Wanted(MONDAY), by=reception_user, now=NOW)
    recall = recall_plan(site, "Riva", MONDAY + 3 * DAY)
    to = Slot(MONDAY + WEEK + DAY, 600, 15, practitioner.pk, room.pk, None)
    due = plan.sittings.get(number=5)
    held = make_plan(make_patient("Serra"), site, doctor_user, counts=[2], practitioner=practitioner)
    reserve_proposal(
        plan=held, token=propose_cycle(plan=held, now=NOW)[0].token, by=reception_user, now=NOW, key=uuid4()
    )
    draft = make_plan(make_patient("Bozza"), site, doctor_user, approved=False)
    new = Protocol.objects.filter(approved_at=None).first()
    return {
        "reserved": reverse("plan_reserved", args=[held.pk]),
        "draft": reverse("plan", args=[draft.pk]),
        "plan_edit": reverse("plan_edit", args=[draft.pk]),
        "protocol": reverse("protocol", args=[new.pk]),
        "patient_new": reverse("patient_new"),
        "patient_edit": reverse("patient_edit", args=[patient.pk]),
        "appointment_new": reverse("appointment_new", query={"patient": patient.pk}),
        "walk_in": reverse("walk_in", query={"patient": patient.pk}),
        "put": reverse("appointment_put", args=[booked[0].pk]),
        "move": reverse("appointment_move_review", args=[booked[0].pk], query={"to": seal_slot(booked[0], to)}),
        "appointment": reverse("appointment", args=[today.pk]),
        "cancel": reverse("appointment_cancel", args=[booked[2].pk]),
        "today": reverse("today"),
        "recall": reverse("recall", args=[recall.pk]),
        "repeat": reverse("plan_repeat", args=[recall.pk]),
        "do_not_contact": reverse("do_not_contact", args=[patient.pk]),
        "waiting_list": reverse("waiting_list"),
        "freed": reverse("waiting_slot", args=[FreedSlot.objects.get().pk]),
        "wish": reverse("wish", args=[booked[1].sitting_id]),
        "to_book": reverse("to_book"),
        "batch": reverse("batch", args=[batch.pk]),
        "visit": reverse("book_visit", args=[patient.pk], query={"kind": "review"}),
        "cycle": reverse("book_cycle", args=[other.pk]),
        "sitting": reverse("book_sitting", args=[due.pk]),
        "preferences": reverse("preferences_patient", args=[patient.pk]),
        "plan_new": reverse("plan_new", query={"patient": patient.pk, "protocol": plan.protocol_id}),
        "plan": reverse("plan", args=[plan.pk]),
    }


PAGES = (
    "patient_new", "patient_edit", "appointment_new", "walk_in", "put", "move", "appointment", "cancel", "today",
    "recall", "repeat", "do_not_contact", "waiting_list", "freed", "wish", "to_book", "batch", "visit", "cycle",
    "sitting", "preferences", "plan_new", "plan", "reserved", "draft",
)  # fmt: skip
DOCTORS = ("plan_new", "plan", "draft", "plan_edit", "protocol")


def damaged(fields: dict[str, str]) -> Iterator[dict[str, str]]:
    """The fields with one of them left out or made worse, and with nothing at all."""
    yield {}
    for name in fields:
        if name == "csrfmiddlewaretoken":
            continue
        yield {other: value for other, value in fields.items() if other != name}
        for bad in BAD:
            yield {**fields, name: bad}


def post(client: Client, address: str, fields: dict[str, str]):
    """What is answered; nothing that was written stays."""
    with transaction.atomic():
        answer = client.post(address, fields)
        transaction.set_rollback(True)
    return answer


def forms_on(page) -> dict[str, dict[str, str]]:
    """The forms of a page by where they are sent, one of those that go to the same place."""
    found = PostForms()
    found.feed(page.content.decode())
    # Where the buttons say where to, the form itself goes nowhere.
    own = [form for form in found.forms if all(form[1] is not fields for _to, fields in found.pressed)]
    return dict([*found.pressed, *own])


WITH_ROLES = [*((name, "reception_user") for name in PAGES), *((name, "doctor_user") for name in DOCTORS)]


@pytest.mark.parametrize(("name", "role"), WITH_ROLES)
def test_a_damaged_form_is_answered_and_never_an_error(client, request, pages, name: str, role: str) -> None:
    client.force_login(request.getfixturevalue(role))
    forms = forms_on(client.get(pages[name]))
    assert forms
    for action, fields in forms.items():
        for told in damaged(fields):
            answer = post(client, action or pages[name], told)
            assert answer.status_code in ANSWERS, (action, told)


def saved_by_others() -> None:
    for model in (Patient, TreatmentPlan, Appointment, EarlierWish, CycleRepeat):
        model.objects.update(version=F("version") + 1)


# What others may have done while a page stood open, none of it seen on the page.
MEANWHILE: dict[str, Callable[[], object]] = {
    "somebody saved everything": saved_by_others,
    "all appointments were cancelled": lambda: Appointment.objects.update(
        status=Status.CANCELLED, cancel_reason="patient"
    ),
    "all appointments are over": lambda: Appointment.objects.update(status=Status.COMPLETED),
    "all plans were stopped": lambda: TreatmentPlan.objects.update(state=PlanState.STOPPED),
    "all plans rest": lambda: TreatmentPlan.objects.update(state=PlanState.PAUSED),
    "every sitting was skipped": lambda: Sitting.objects.update(state=SittingState.SKIPPED),
    "the practitioners left": lambda: Practitioner.objects.update(active=False),
    "nobody is trained": lambda: [each.skills.clear() for each in Practitioner.objects.all()],
    "the rooms are gone": lambda: Room.objects.update(active=False),
    "the protocols are retired": lambda: Protocol.objects.update(retired=True),
    "nobody works any more": lambda: WorkingHours.objects.all().delete(),
    "the site is closed for ever": lambda: Closure.objects.create(
        site=Site.objects.get(), starts=at(MONDAY, 0), ends=at(MONDAY + 500 * WEEK, 0), reason="works"
    ),
    "the waiting list is empty": lambda: [SlotOffer.objects.all().delete(), EarlierWish.objects.all().delete()],
    "the freed slots are gone": lambda: [SlotOffer.objects.all().delete(), FreedSlot.objects.all().delete()],
    "the runs are gone": lambda: [BatchLine.objects.all().delete(), Batch.objects.all().delete()],
    "no patient is to be called": lambda: DoNotContact.objects.bulk_create(
        DoNotContact(patient=each, reason="moved", made_by=User.objects.first(), made_at=NOW)
        for each in Patient.objects.all()
    ),
}


def what_there_is() -> tuple[int, ...]:
    """How many appointments stand, and how many plans and patients there are."""
    live = Appointment.objects.exclude(status=Status.CANCELLED)
    return live.count(), TreatmentPlan.objects.count(), Patient.objects.count()


@pytest.mark.parametrize(("name", "role"), WITH_ROLES)
def test_a_form_that_others_have_overtaken_is_answered_and_books_nothing_twice(
    client, request, pages, clock, name: str, role: str
) -> None:
    client.force_login(request.getfixturevalue(role))
    forms = forms_on(client.get(pages[name]))
    for action, fields in forms.items():
        for event, happens in MEANWHILE.items():
            with transaction.atomic():
                happens()
                answer = client.post(action or pages[name], fields)
                assert answer.status_code in ANSWERS, (action, event)
                once = what_there_is()
                answer = client.post(action or pages[name], fields)
                assert answer.status_code in ANSWERS, (action, event)
                assert what_there_is() == once, (action, event)
                transaction.set_rollback(True)
        for later in (DAY, 400 * DAY):
            clock.move_to(NOW + later)
            client.force_login(request.getfixturevalue(role))
            answer = post(client, action or pages[name], fields)
            assert answer.status_code in ANSWERS, (action, later)
