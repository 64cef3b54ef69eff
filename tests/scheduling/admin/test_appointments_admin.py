"""Appointments in the administration go through the booking service: its rules, its words, never a deletion."""

from datetime import UTC, datetime

import pytest

from patients.models import Patient
from scheduling.models import Appointment, Sitting
from tests.scheduling.admin.forms import errors, save

pytestmark = pytest.mark.django_db
ADD = "/admin/scheduling/appointment/add/"


@pytest.fixture
def review(patient, practitioner, room) -> dict[str, object]:
    """A review of 20 minutes on Thursday 3 December 2026 at 10:00 in Rome, as typed."""
    return {
        "patient": patient.pk,
        "kind": "review",
        "practitioner": practitioner.pk,
        "room": room.pk,
        "when_0": "03/12/2026",
        "when_1": "10:00",
        "minutes": 20,
    }


def url(appointment: Appointment) -> str:
    return f"/admin/scheduling/appointment/{appointment.pk}/change/"


def test_an_appointment_is_booked_in_the_local_time_of_its_room(admin, review, administrator_user):
    assert save(admin, ADD, **review).status_code == 302
    booked = Appointment.objects.get()
    assert booked.starts == datetime(2026, 12, 3, 9, tzinfo=UTC)
    assert booked.ends == datetime(2026, 12, 3, 9, 20, tzinfo=UTC)
    assert booked.room_free_at == datetime(2026, 12, 3, 9, 25, tzinfo=UTC)
    assert booked.booked_by == administrator_user


def test_booking_a_sitting_marks_it_booked_and_moves_its_windows(admin, review, plan):
    first, second = plan.sittings.order_by("number")
    assert save(admin, ADD, **review | {"kind": "sitting", "sitting": first.pk}).status_code == 302
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, str(first.booked)) == ("booked", "2026-12-03")
    assert (str(second.earliest), str(second.latest)) == ("2026-12-08", "2026-12-13")


def test_time_that_is_taken_is_refused_with_the_holder_beside_the_time(admin, review, appointment):
    other = Patient.objects.create(surname="Conti", given_name="Anna", birth_date="1980-01-01", sex="F")
    taken = review | {"patient": other.pk, "when_0": "01/12/2026", "when_1": "10:10"}
    response = save(admin, ADD, **taken)
    assert response.status_code == 200
    assert "Dr Bianchi is not free" in errors(response)
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"kind": "sitting"}, "sitting", "Choose which sitting this appointment is for."),
        ({"when_1": "10:03"}, "when", "stands on whole 5 minutes"),
        ({"minutes": 17}, "minutes", "multiple of 5 minutes"),
        ({"minutes": 725}, "minutes", "less than or equal to 720"),
        ({"minutes": 0}, "minutes", "greater than or equal to 5"),
        ({"minutes": "twenty"}, "minutes", "Enter a whole number."),
        ({"when_0": "28/03/2027", "when_1": "02:30"}, "when", "does not exist"),
        ({"when_0": "31/10/2027", "when_1": "02:30"}, "when", "comes twice"),
        ({"when_0": "01/01/0001"}, "when", "Choose a year from 2000 to 2100."),
        ({"when_0": "31/12/9999"}, "when", "Choose a year from 2000 to 2100."),
        ({"when_0": ""}, "when", "This field is required."),
        ({"patient": 999999999}, "patient", "Select a valid choice."),
        ({"room": "x\x00"}, "room", "Null characters are not allowed."),
        ({"sitting": 999999999}, "sitting", "Select a valid choice."),
    ],
)
def test_what_cannot_be_booked_is_refused_beside_its_field(admin, review, changed, field, said):
    response = save(admin, ADD, **review | changed)
    assert response.status_code == 200
    assert said in str(response.context["adminform"].form.errors[field])
    assert not Appointment.objects.exists()


def test_a_sitting_of_another_patient_is_refused(admin, review, plan):
    other = Patient.objects.create(surname="Conti", given_name="Anna", birth_date="1980-01-01", sex="F")
    sitting = plan.sittings.first()
    response = save(admin, ADD, **review | {"kind": "sitting", "sitting": sitting.pk, "patient": other.pk})
    assert "belongs to another patient" in errors(response)


def test_a_sitting_of_a_plan_that_is_not_approved_is_refused(admin, review, plan):
    type(plan).objects.update(state="proposed")
    response = save(admin, ADD, **review | {"kind": "sitting", "sitting": plan.sittings.first().pk})
    assert "only an approved plan can be booked" in errors(response)


def test_an_appointment_is_moved(admin, appointment):
    response = save(admin, url(appointment), when_1="11:00")
    assert response.status_code == 302
    appointment.refresh_from_db()
    assert appointment.starts == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert appointment.version == 2
    assert appointment.history.count() == 2


def test_saving_without_a_change_moves_nothing(admin, appointment):
    assert save(admin, url(appointment)).status_code == 302
    appointment.refresh_from_db()
    assert appointment.version == 1


def test_a_move_by_somebody_else_meanwhile_is_not_overwritten(admin, appointment):
    Appointment.objects.update(version=5)
    response = save(admin, url(appointment), when_1="11:00", seen_version=1)
    assert "Somebody else changed this appointment" in errors(response)
    appointment.refresh_from_db()
    assert appointment.starts == datetime(2026, 12, 1, 9, tzinfo=UTC)


def test_a_completed_appointment_is_not_moved(admin, appointment):
    Appointment.objects.update(status="completed")
    response = save(admin, url(appointment), when_1="11:00")
    assert "Only a booked appointment can be moved." in errors(response)


def test_whose_appointment_it_is_cannot_be_changed(admin, appointment):
    other = Patient.objects.create(surname="Conti", given_name="Anna", birth_date="1980-01-01", sex="F")
    save(admin, url(appointment), patient=other.pk, status="completed", when_1="11:00")
    stored = Appointment.objects.get()
    assert (stored.patient, stored.status) == (appointment.patient, "booked")


def test_an_appointment_is_never_deleted(admin, appointment):
    assert admin.post(f"/admin/scheduling/appointment/{appointment.pk}/delete/", {"post": "yes"}).status_code == 403
    admin.post(
        "/admin/scheduling/appointment/",
        {"action": "delete_selected", "_selected_action": [appointment.pk], "post": "yes"},
    )
    assert Appointment.objects.count() == 1


def test_the_list_shows_the_local_time_of_the_room(admin, appointment):
    appointment.room.site.time_zone = "Atlantic/Azores"
    appointment.room.site.save()
    assert "08:00" in admin.get("/admin/scheduling/appointment/").content.decode()


def test_plans_and_sittings_are_only_looked_at(admin, plan):
    for address, pk in (("treatmentplan", plan.pk), ("sitting", plan.sittings.first().pk)):
        assert admin.post(f"/admin/scheduling/{address}/{pk}/change/", {"state": "completed"}).status_code == 403
        assert admin.post(f"/admin/scheduling/{address}/{pk}/delete/", {"post": "yes"}).status_code == 403
    assert set(Sitting.objects.values_list("state", flat=True)) == {"due"}


def test_clinical_notes_are_nowhere_in_the_administration(admin, plan):
    plan.diagnosis, plan.indication, plan.minutes = "Another secret", "neuralgia", 25
    plan.save()
    base = f"/admin/scheduling/treatmentplan/{plan.pk}"
    record = plan.history.first()
    pages = [
        admin.get(address).content.decode().lower()
        for address in (
            f"{base}/change/",
            f"{base}/history/",
            f"{base}/history/{record.pk}/",
            "/admin/scheduling/treatmentplan/",
        )
    ]
    assert "minutes of a sitting" in pages[1]
    for text in pages:
        for secret in ("secret", "sciatica", "neuralgia", "diagnosis"):
            assert secret not in text
