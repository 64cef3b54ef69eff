"""Every page of the administration opens, asks a fixed number of questions and cannot be broken by its address."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic.models import User
from clinic.roles import Role
from patients.models import Patient
from scheduling.models import (
    Absence,
    Appointment,
    Area,
    Batch,
    BookingKey,
    BookingPreference,
    BookingWeights,
    Closure,
    CycleRepeat,
    DoNotContact,
    EarlierWish,
    Equipment,
    ExtraHours,
    FreedSlot,
    Move,
    PopularHours,
    Practitioner,
    Protocol,
    RangeDecision,
    RecallAttempt,
    Reservation,
    Room,
    Site,
    Sitting,
    Skill,
    SlotOffer,
    TreatmentPlan,
    UnavailableDates,
    WorkingHours,
)
from tests.conftest import make_user

pytestmark = pytest.mark.django_db

ADDRESSES = [
    "clinic/user",
    "patients/patient",
    "scheduling/absence",
    "scheduling/appointment",
    "scheduling/area",
    "scheduling/batch",
    "scheduling/bookingkey",
    "scheduling/bookingpreference",
    "scheduling/bookingweights",
    "scheduling/closure",
    "scheduling/cyclerepeat",
    "scheduling/donotcontact",
    "scheduling/earlierwish",
    "scheduling/equipment",
    "scheduling/extrahours",
    "scheduling/freedslot",
    "scheduling/move",
    "scheduling/popularhours",
    "scheduling/practitioner",
    "scheduling/protocol",
    "scheduling/rangedecision",
    "scheduling/recallattempt",
    "scheduling/reservation",
    "scheduling/room",
    "scheduling/site",
    "scheduling/sitting",
    "scheduling/skill",
    "scheduling/slotoffer",
    "scheduling/treatmentplan",
    "scheduling/unavailabledates",
    "scheduling/workinghours",
]
NOT_ADDED_HERE = {
    "scheduling/batch",
    "scheduling/bookingkey",
    "scheduling/move",
    "scheduling/cyclerepeat",
    "scheduling/donotcontact",
    "scheduling/earlierwish",
    "scheduling/freedslot",
    "scheduling/rangedecision",
    "scheduling/recallattempt",
    "scheduling/reservation",
    "scheduling/sitting",
    "scheduling/slotoffer",
    "scheduling/treatmentplan",
}
FORMS = [address for address in ADDRESSES if address not in NOT_ADDED_HERE]
WITH_HISTORY = [
    address
    for address in ADDRESSES
    if address.split("/")[1]
    not in {
        "user",
        "area",
        "batch",
        "bookingkey",
        "bookingpreference",
        "move",
        "freedslot",
        "rangedecision",
        "recallattempt",
        "reservation",
        "skill",
        "slotoffer",
        "unavailabledates",
    }
]


def test_every_model_of_the_clinic_is_in_the_administration():
    ours = {
        f"{model._meta.app_label}/{model._meta.model_name}"
        for model in django_admin.site._registry
        if model._meta.app_label in ("clinic", "patients", "scheduling")
    }
    assert ours == set(ADDRESSES)


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_list_opens_and_can_be_searched(admin, one_of_each, address):
    assert admin.get(f"/admin/{address}/").status_code == 200
    assert admin.get(f"/admin/{address}/", {"q": "d'angelo <b>"}).status_code == 200


@pytest.mark.parametrize("address", FORMS)
def test_the_form_for_a_new_one_opens(admin, one_of_each, address):
    assert admin.get(f"/admin/{address}/add/").status_code == 200


@pytest.mark.parametrize("address", sorted(NOT_ADDED_HERE))
def test_what_a_service_makes_is_not_added_by_hand(admin, one_of_each, address):
    assert admin.get(f"/admin/{address}/add/").status_code == 403


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_page_of_one_opens(admin, one_of_each, address):
    assert admin.get(f"/admin/{address}/{one_of_each[address]}/change/").status_code == 200


@pytest.mark.parametrize("address", WITH_HISTORY)
def test_the_history_of_one_opens_without_inline_style(admin, one_of_each, address):
    text = admin.get(f"/admin/{address}/{one_of_each[address]}/history/").content.decode()
    assert 'id="change-history"' in text or "have a change history" in text
    assert "style=" not in text


@pytest.mark.parametrize("address", WITH_HISTORY)
def test_what_was_can_be_read_but_never_written_again(admin, one_of_each, address):
    app, name = address.split("/")
    row = apps.get_model(app, name)._default_manager.get(pk=one_of_each[address])
    if row.history.count() == 0:
        row.save()
    record = row.history.first()
    url = f"/admin/{address}/{row.pk}/history/{record.pk}/"
    assert admin.get(url).status_code == 200
    assert admin.post(url, {"name": "x"}).status_code == 403


@pytest.mark.parametrize("address", FORMS)
def test_an_empty_form_is_a_page_with_messages(admin, one_of_each, address):
    assert admin.post(f"/admin/{address}/add/", {}).status_code == 200


BAD_QUERIES = [
    {"q": "\x00"},
    {"q": "x" * 10_000},
    {"p": "9" * 30},
    {"id__exact": "9" * 30},
    {"o": "99.-99.x"},
    {"starts__gte": "0001-01-01 00:00:00+00:00", "starts__lt": "9999-12-31 23:59:59+00:00"},
    {"ideal__gte": "0001-01-01"},
    {"start_date__gte": "9999-99-99"},
    {"approved_at__gte": "0001-01-01 00:00:00+00:00"},
    {"made_at__gte": "0001-01-01 00:00:00+00:00"},
    {"status__exact": "\x00"},
    {"birth_date__year": "0", "birth_date__month": "99"},
    {"birth_date__year": "9999"},
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_typed_wrongly_is_no_crash(admin, one_of_each, address):
    for query in BAD_QUERIES:
        assert admin.get(f"/admin/{address}/", query, follow=True).status_code == 200, query


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_does_not_exist_leads_back_to_the_start(admin, one_of_each, address):
    for key in ("0", "9" * 30, "x", "%00", "-1"):
        assert admin.get(f"/admin/{address}/{key}/change/", follow=True).status_code == 200, key


@pytest.mark.parametrize("address", WITH_HISTORY)
def test_a_history_that_does_not_exist_is_not_found(admin, one_of_each, address):
    for key in ("0", "9" * 30, "x", "%00", "-1"):
        assert admin.get(f"/admin/{address}/{key}/history/").status_code == 404, key
        assert admin.get(f"/admin/{address}/{one_of_each[address]}/history/{key}/").status_code == 404, key


@pytest.mark.parametrize("who", ["doctor_user", "reception_user"])
def test_the_other_roles_have_no_administration(who, request):
    client = Client()
    client.force_login(request.getfixturevalue(who))
    for address in ("scheduling/protocol", "scheduling/treatmentplan", "clinic/user"):
        assert client.get(f"/admin/{address}/").status_code == 302


def test_an_administrator_by_role_alone_opens_every_list(one_of_each):
    user = make_user("plain-admin", Role.ADMINISTRATOR)
    user.is_staff = True
    user.save()
    assert Group.objects.get(name="administrator").permissions.exists()
    client = Client()
    client.force_login(user)
    assert {client.get(f"/admin/{address}/").status_code for address in ADDRESSES} == {200}


SHORT = {"position": 1, "count": 1, "every": 1, "unit": "week", "early": 2, "late": 3, "minimum_gap": 4}


def multiply(address: str, pk: int) -> None:
    """Makes 49 more rows like the one that is there."""
    site = Site.objects.get()
    at = datetime(2028, 1, 3, 8, tzinfo=UTC)
    for n in range(49):
        day, number = at + timedelta(days=n), n + 100
        other = Patient.objects.create(surname=f"S{n}", given_name="G", birth_date=date(1980, 1, 1), sex="F")
        site_n = Site.objects.create(name=f"Site {n}") if address != "scheduling/site" else site
        match address:
            case "clinic/user":
                User.objects.create(username=f"user-{n}").groups.add(Group.objects.get(name="doctor"))
            case "scheduling/absence":
                Absence.objects.create(practitioner=new_practitioner(n, site_n), starts=day, ends=day + timedelta(1))
            case "scheduling/appointment":
                Appointment.objects.create(
                    patient=other,
                    kind="review",
                    practitioner=new_practitioner(n, site_n),
                    room=Room.objects.create(site=site_n, name=f"Room {n}"),
                    starts=day,
                    ends=day + timedelta(minutes=20),
                    room_free_at=day + timedelta(minutes=25),
                )
            case "scheduling/area":
                Area.objects.create(code=f"a{n}", name_en=f"a{n}", name_it=f"a{n}")
            case "scheduling/batch":
                by = User.objects.create(username=f"u{n}")
                Batch.objects.create(key=UUID(int=n), made_by=by, made_at=day, stopped_by=by, stopped_at=day)
            case "scheduling/bookingkey":
                BookingKey.objects.create(key=UUID(int=n), made_by=User.objects.create(username=f"u{n}"), made_at=day)
            case "scheduling/bookingpreference":
                BookingPreference.objects.create(patient=other, practitioner=new_practitioner(n, site_n))
            case "scheduling/bookingweights":
                BookingWeights.objects.create(site=site_n)
            case "scheduling/closure":
                there = Room.objects.create(site=site_n, name=f"Room {n}")
                Closure.objects.create(site=site_n, room=there, starts=day, ends=day + timedelta(1))
            case "scheduling/equipment":
                Equipment.objects.create(site=site_n, name=f"Gun {n}", delivery="gun")
            case "scheduling/extrahours":
                who = new_practitioner(n, site_n)
                ExtraHours.objects.create(practitioner=who, site=site_n, day=day, starts=time(9), ends=time(13))
            case "scheduling/move":
                key = BookingKey.objects.create(key=UUID(int=n), made_at=day)
                Move.objects.create(booking=key, follows="alone")
            case "scheduling/popularhours":
                PopularHours.objects.create(site=site_n, starts=time(17), ends=time(19))
            case "scheduling/practitioner":
                new_practitioner(n, site_n)
            case "scheduling/protocol":
                protocol = Protocol.objects.get(pk=pk)
                protocol.pk, protocol.version, protocol._state.adding = None, number, True
                protocol.approved_by = User.objects.create(username=f"doctor-{n}")
                protocol.save()
            case "scheduling/cyclerepeat" | "scheduling/donotcontact" | "scheduling/recallattempt":
                asked_back(address, other, site_n, n, day)
            case "scheduling/earlierwish" | "scheduling/freedslot" | "scheduling/slotoffer":
                waiting(address, other, site_n, n, day)
            case "scheduling/rangedecision":
                decision = RangeDecision.objects.get(pk=pk)
                decision.pk, decision._state.adding = None, True
                decision.decided_by = User.objects.create(username=f"doctor-{n}")
                decision.save()
            case "scheduling/reservation":
                Reservation.objects.create(
                    plan=Reservation.objects.get(pk=pk).plan,
                    booking=BookingKey.objects.create(key=UUID(int=n), made_at=day),
                    plan_version=1,
                )
            case "scheduling/room":
                Room.objects.create(site=site_n, name=f"Room {n}")
            case "scheduling/site":
                Site.objects.create(name=f"Site {n}")
            case "scheduling/sitting" | "scheduling/treatmentplan":
                plan = TreatmentPlan.objects.create(
                    patient=other,
                    protocol=Protocol.objects.exclude(key="weekly-with-recalls")[n % 4],
                    site=site_n,
                    practitioner=new_practitioner(n, site_n),
                    start_date=day.date(),
                )
                phase = plan.phases.create(purpose="induction", **SHORT)
                Sitting.objects.create(plan=plan, phase=phase, number=1, gap=0, ideal=day, earliest=day, latest=day)
            case "scheduling/skill":
                Skill.objects.create(code=f"s{n}", name_en=f"s{n}", name_it=f"s{n}")
            case "scheduling/unavailabledates":
                UnavailableDates.objects.create(patient=other, first=day.date(), last=day.date())
            case "scheduling/workinghours":
                WorkingHours.objects.create(
                    practitioner=new_practitioner(n, site_n), site=site_n, weekday=1, starts=time(9), ends=time(10)
                )


def new_plan(other: Patient, site: Site, n: int, day: datetime) -> TreatmentPlan:
    protocol = Protocol.objects.exclude(key="weekly-with-recalls")[n % 4]
    return TreatmentPlan.objects.create(patient=other, protocol=protocol, site=site, start_date=day.date())


def asked_back(address: str, other: Patient, site: Site, n: int, day: datetime) -> None:
    by, plan = User.objects.create(username=f"u{n}"), new_plan(other, site, n, day)
    if address == "scheduling/cyclerepeat":
        CycleRepeat.objects.create(plan=plan, due=day, made_by=by)
    elif address == "scheduling/donotcontact":
        DoNotContact.objects.create(patient=other, reason="x", made_by=by, made_at=day)
    else:
        RecallAttempt.objects.create(plan=plan, key=UUID(int=n), channel="sms", made_by=by, made_at=day)


def waiting(address: str, other: Patient, site: Site, n: int, day: datetime) -> None:
    by, plan, doctor = User.objects.create(username=f"u{n}"), new_plan(other, site, n, day), new_practitioner(n, site)
    phase = plan.phases.create(purpose="induction", **SHORT)
    sitting = Sitting.objects.create(plan=plan, phase=phase, number=1, gap=0, ideal=day, earliest=day, latest=day)
    wish = EarlierWish.objects.create(sitting=sitting, earliest=day, made_by=by, made_at=day)
    if address == "scheduling/earlierwish":
        return
    room, span = Room.objects.create(site=site, name=f"Room {n}"), {"starts": day, "ends": day + timedelta(minutes=20)}
    appointment = Appointment.objects.create(
        patient=other, kind="review", practitioner=doctor, room=room, room_free_at=span["ends"], **span
    )
    freed = FreedSlot.objects.create(appointment=appointment, practitioner=doctor, room=room, **span)
    if address == "scheduling/slotoffer":
        told = {"until": day, "offered_by": by, "offered_at": day}
        SlotOffer.objects.create(freed=freed, wish=wish, appointment=appointment, **told)


def new_practitioner(n: int, site: Site) -> Practitioner:
    practitioner = Practitioner.objects.create(user=User.objects.create(username=f"practitioner-{n}"), name=f"Dr {n}")
    practitioner.sites.add(site)
    return practitioner


# Filters list the rows of what they filter by, so the number of rows they offer must not matter either.
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_list_asks_the_same_number_of_questions_for_1_and_50_rows(
    admin, one_of_each, address, django_assert_num_queries
):
    url = f"/admin/{address}/"
    admin.get(url)  # content types are read once
    with CaptureQueriesContext(connection) as few:
        admin.get(url)
    multiply(address, one_of_each[address])
    with django_assert_num_queries(len(few)):
        admin.get(url)
