"""Every page asks the database the same number of questions for 1 row and for 50 of whatever multiplies on it.

The lists (patients, protocols, to book, to review, the administration) are counted beside their other tests.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import User
from patients.models import Patient
from scheduling.models import (
    AftercareLine,
    Appointment,
    Area,
    Phase,
    PlanPhase,
    Practitioner,
    Protocol,
    Room,
    Site,
    Sitting,
    TreatmentPlan,
    UnavailableDates,
    WorkingHours,
)
from scheduling.services.booking import book_appointment
from scheduling.services.planning import approve_plan, propose_plan, save_plan, suggested_phase
from scheduling.services.tracking import complete, mark_arrived, start_treatment
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient

MOST = 20
# The board and the offers for the next sitting in one page; the whole form of a plan and, read for it, what was typed.
MORE = {"today, a sitting given": 25, "plan_preview": 24, "book_cycle": 21}
FIRST_PHASE = 4  # sittings: one given, one booked, and some that wait
HTMX = {"HX-Request": "true"}


@dataclass(frozen=True)
class Clinic:
    """A clinic with rows of everything; here is one of each thing that a page is about."""

    patient: Patient
    protocol: Protocol
    unapproved: Protocol
    draft: TreatmentPlan
    plan: TreatmentPlan
    given: Appointment
    booked: Appointment
    due: Sitting
    typed: dict[str, object]


@pytest.fixture(autouse=True)
def monday_noon():
    with time_machine.travel(at(MONDAY, 12), tick=False):
        yield


@pytest.fixture
def make_clinic(site, practitioner, room, doctor_user) -> Callable[[int], Clinic]:
    """Brings what everybody shares up to so many rows; patients, protocols and plans are new each time."""

    def make(rows: int) -> Clinic:
        share(site, rows)
        protocol, unapproved = make_protocol(rows, approved=True), make_protocol(rows, approved=False)
        greco, serra = make_patient("Greco"), make_patient("Serra")
        draft, plan, other = (
            make_plan(patient, protocol, site, practitioner, doctor_user) for patient in (greco, greco, serra)
        )
        for each in (plan, other):
            propose_plan(plan=each, now=NOW)
            approve_plan(plan=each, by=doctor_user, now=NOW)
        hour = 9 if rows == 1 else 11  # a second clinic's worth of rows does not meet the first
        given = book_first(plan, practitioner, room, doctor_user, hour=hour)
        booked = book_first(other, practitioner, room, doctor_user, hour=hour + 1)
        for step in (mark_arrived, start_treatment, complete):
            step(appointment=given, now=at(MONDAY, 12))
        add_rows(plan, rows)
        for appointment in (given, booked):
            tell_more(appointment, rows, doctor_user)
        due = plan.sittings.get(number=2)
        return Clinic(greco, protocol, unapproved, draft, plan, given, booked, due, typed(draft))

    return make


def share(site: Site, rows: int) -> None:
    """Sites (two at least, to choose from), practitioners at work, rooms, areas, and a patient each at two."""
    Site.objects.bulk_create(Site(name=f"Studio Verdi {n}") for n in range(Site.objects.count(), max(rows, 2)))
    known = range(Practitioner.objects.count(), rows)
    users = User.objects.bulk_create(User(username=f"practitioner-{n}") for n in known)
    practitioners = Practitioner.objects.bulk_create(Practitioner(user=user, name=f"Dr {user.pk}") for user in users)
    site.practitioners.add(*practitioners)
    hours = {"site": site, "starts": time(9), "ends": time(18), "valid_from": date(2020, 1, 1)}
    WorkingHours.objects.bulk_create(
        WorkingHours(practitioner=each, weekday=weekday, **hours) for each in practitioners for weekday in range(5)
    )
    rooms = Room.objects.bulk_create(Room(site=site, name=f"Cabin {n}") for n in known)
    Area.objects.bulk_create(
        Area(code=f"area-{n}", name_en=f"area {n}", name_it=f"area {n}", extra_minutes=0)
        for n in range(Area.objects.count(), rows)
    )
    two, until = at(MONDAY, 14), at(MONDAY, 14, 30)
    times = {"kind": "consultation", "starts": two, "ends": until, "room_free_at": until}
    Appointment.objects.bulk_create(
        Appointment(patient=make_patient("Greco"), practitioner=who, room=where, **times)
        for who, where in zip(practitioners, rooms, strict=True)
    )


def make_protocol(rows: int, *, approved: bool) -> Protocol:
    """So many weekly phases, aftercare lines that disagree two by two, and other versions."""
    key = f"own-{rows}-{approved}"
    words = {"key": key, "name_en": key, "name_it": key, "source": "clinic", "source_title": "This clinic"}
    protocol = Protocol.objects.create(version=rows + 1, approved_at=NOW if approved else None, **words)
    Protocol.objects.bulk_create(Protocol(version=n, **words) for n in range(1, rows + 1))
    Phase.objects.bulk_create(
        Phase(
            protocol=protocol, position=n, purpose="induction", count_default=1 if n > 1 else FIRST_PHASE,
            every=1, unit="week", sources={"count": "clinic", "cadence": "clinic"},
        )
        for n in range(1, rows + 1)
    )  # fmt: skip
    AftercareLine.objects.bulk_create(
        AftercareLine(
            protocol=protocol, position=n, text_en=f"Line {n}", text_it=f"Riga {n}", source="clinic",
            topic=f"topic-{n // 2}",
        )
        for n in range(rows)
    )  # fmt: skip
    return protocol


def make_plan(patient: Patient, protocol: Protocol, site: Site, practitioner: Practitioner, by: User) -> TreatmentPlan:
    """A draft with all the phases of its protocol, on as many areas."""
    phases = [suggested_phase(phase) for phase in protocol.phases.all()]
    areas = [(area, "medium") for area in Area.objects.filter(injectable=True, extra_minutes__lte=5)[: len(phases)]]
    plan = TreatmentPlan(
        patient=patient, protocol=protocol, site=site, start_date=MONDAY, prescriber=practitioner,
        practitioner=practitioner, indication="pefs", diagnosis="Localised oedema of both thighs.",
    )  # fmt: skip
    return save_plan(plan=plan, phases=phases, areas=areas, by=by)


def book_first(plan: TreatmentPlan, practitioner: Practitioner, room: Room, by: User, *, hour: int) -> Appointment:
    return book_appointment(
        patient=plan.patient, kind="sitting", sitting=plan.sittings.get(number=1), practitioner=practitioner,
        room=room, starts=at(MONDAY, hour), minutes=15, by=by, now=NOW,
    )  # fmt: skip


def add_rows(plan: TreatmentPlan, rows: int) -> None:
    """More plans of the same patient, days on which they cannot come, and steps in the plan's history."""
    fields = {"patient": plan.patient, "protocol": plan.protocol, "site": plan.site, "start_date": MONDAY}
    plans = TreatmentPlan.objects.bulk_create(TreatmentPlan(state="running", **fields) for _ in range(rows))
    figures = {"purpose": "induction", "count": 1, "every": 1, "unit": "week", "early": 2, "late": 3, "minimum_gap": 4}
    phases = PlanPhase.objects.bulk_create(PlanPhase(plan=each, position=1, **figures) for each in plans)
    days = {"gap": 0, "ideal": MONDAY, "earliest": MONDAY, "latest": MONDAY}
    Sitting.objects.bulk_create(Sitting(plan=phase.plan, phase=phase, number=1, **days) for phase in phases)
    UnavailableDates.objects.bulk_create(
        UnavailableDates(patient=plan.patient, first=day, last=day)
        for day in (MONDAY + timedelta(days=400 + n) for n in range(rows))
    )
    plan.refresh_from_db()
    for n in range(rows):
        plan.state = "running" if n % 2 else "paused"
        plan.save()
    plan.state = "running"
    plan.save()


def tell_more(appointment: Appointment, rows: int, by: User) -> None:
    """Steps in an appointment's story."""
    appointment.refresh_from_db()
    for n in range(rows):
        appointment.note, appointment._history_user = f"Note {n}", by
        appointment.save()


def typed(plan: TreatmentPlan) -> dict[str, object]:
    """What a browser sends while a new plan like this one is typed."""
    form: dict[str, object] = {
        "site": plan.site_id, "start_date": MONDAY.isoformat(), "practitioner": plan.practitioner_id,
        "prescriber": "", "technique": "nappage", "delivery": "manual", "indication": "", "diagnosis": "", "reason": "",
    }  # fmt: skip
    for phase in plan.protocol.phases.all():
        of_phase = {"count": phase.count_default, "every": 1, "unit": "week"}
        form |= {f"phase-{phase.position}-{name}": value for name, value in of_phase.items()}
    return form


def new_plan(name: str, clinic: Clinic) -> str:
    return reverse(name, query={"patient": clinic.patient.pk, "protocol": clinic.protocol.pk})


Ask = Callable[[Client, Clinic], HttpResponse]
PAGES: dict[str, Ask] = {
    "home, then today": lambda client, clinic: client.get(reverse("home"), follow=True),
    "today": lambda client, clinic: client.get(reverse("today")),
    "today, a sitting given": lambda client, clinic: client.get(reverse("today"), {"given": clinic.given.pk}),
    "patient_new": lambda client, clinic: client.get(reverse("patient_new")),
    "patient_edit": lambda client, clinic: client.get(reverse("patient_edit", args=[clinic.patient.pk])),
    "patient": lambda client, clinic: client.get(reverse("patient", args=[clinic.patient.pk])),
    "preferences_patient": lambda client, clinic: client.get(reverse("preferences_patient", args=[clinic.patient.pk])),
    "plan_new, whom": lambda client, clinic: client.get(reverse("plan_new"), {"q": "greco"}),
    "plan_new, what": lambda client, clinic: client.get(reverse("plan_new"), {"patient": clinic.patient.pk}),
    "plan_new, the form": lambda client, clinic: client.get(new_plan("plan_new", clinic)),
    "plan_new, refused": lambda client, clinic: client.post(new_plan("plan_new", clinic), {}),
    "plan_edit": lambda client, clinic: client.get(reverse("plan_edit", args=[clinic.draft.pk])),
    "plan_preview": lambda client, clinic: client.post(new_plan("plan_preview", clinic), clinic.typed),
    "plan_preview, while typing": lambda client, clinic: client.post(
        new_plan("plan_preview", clinic), clinic.typed, headers=HTMX
    ),
    "plan": lambda client, clinic: client.get(reverse("plan", args=[clinic.plan.pk])),
    "protocol": lambda client, clinic: client.get(reverse("protocol", args=[clinic.protocol.pk])),
    "protocol, to approve": lambda client, clinic: client.get(reverse("protocol", args=[clinic.unapproved.pk])),
    "appointment": lambda client, clinic: client.get(reverse("appointment", args=[clinic.booked.pk])),
    "appointment, given": lambda client, clinic: client.get(reverse("appointment", args=[clinic.given.pk])),
    "appointment_cancel": lambda client, clinic: client.get(reverse("appointment_cancel", args=[clinic.booked.pk])),
    "appointment_put": lambda client, clinic: client.get(reverse("appointment_put", args=[clinic.booked.pk])),
    "appointment_new, whom": lambda client, clinic: client.get(reverse("appointment_new"), {"q": "greco"}),
    "appointment_new": lambda client, clinic: client.get(reverse("appointment_new"), {"patient": clinic.patient.pk}),
    "book_cycle": lambda client, clinic: client.get(reverse("book_cycle", args=[clinic.plan.pk])),
    "book_sitting": lambda client, clinic: client.get(reverse("book_sitting", args=[clinic.due.pk])),
}


def count(ask: Ask, client: Client, clinic: Clinic) -> tuple[int, int]:
    """The status of a page, and its queries."""
    with CaptureQueriesContext(connection) as captured:
        status = ask(client, clinic).status_code
    return status, len(captured)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_the_same_number_of_questions_for_1_and_50_rows(client, doctor_user, make_clinic, name) -> None:
    client.force_login(doctor_user)
    few = count(PAGES[name], client, make_clinic(1))
    many = count(PAGES[name], client, make_clinic(50))
    assert few == many
    assert few[0] == (422 if name.endswith("refused") else 200)
    assert few[1] <= MORE.get(name, MOST)
