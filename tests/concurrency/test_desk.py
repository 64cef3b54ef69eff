"""Four desks propose and confirm in the same week, patient after patient, each in a process of its own."""

import pytest

from scheduling.models import Appointment, BookingKey, Reservation, Room, Sitting, SittingState
from tests.concurrency.test_race import overlaps, race
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import NOW, make_patient, make_plan

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

DESKS, SITTINGS = 4, 3


@pytest.fixture
def desks(site, practitioner, room, doctor_user, reception_user):
    """What each desk finds in a clinic where all patients are best served at the same hours of the same week."""
    make_practitioner("Dr Neri", site)
    Room.objects.create(site=site, name="Room 2")

    def at_work(patients: int, way: str) -> list[list[str]]:
        every = range(DESKS * patients)
        plans = [make_plan(make_patient(f"Desk{n}"), site, doctor_user, counts=[SITTINGS]).pk for n in every]
        job = {"act": "desk", "way": way, "by": reception_user.pk, "now": str(NOW), "rounds": len(plans)}
        answers = race([{**job, "plans": plans[desk::DESKS]} for desk in range(DESKS)])
        assert [answer for answer in answers if "error" in answer] == []
        return [sentences for answer in answers for sentences in answer["sentences"]]

    return at_work


def assert_all_booked(patients: int, *, reserved: bool) -> None:
    """Every patient has the whole cycle once, nothing overlaps, and what was lost left nothing half-written."""
    assert overlaps() == 0
    assert set(Sitting.objects.values_list("state", flat=True)) == {SittingState.BOOKED}
    sittings = Appointment.objects.order_by().values_list("sitting", "status")
    assert sorted(sittings) == [(pk, "booked") for pk in Sitting.objects.order_by("pk").values_list("pk", flat=True)]
    assert Appointment.objects.count() == patients * SITTINGS
    assert BookingKey.objects.count() == patients
    assert Reservation.objects.count() == (patients if reserved else 0)


@pytest.mark.parametrize("way", ["book", "reserve"])
def test_of_four_who_press_at_once_each_loses_at_most_to_the_other_three(desks, way) -> None:
    lost = desks(1, way)
    # One is first, and whoever lost a round has fresh proposals: with the winner gone, one fewer presses.
    assert sorted(len(sentences) <= place for place, sentences in enumerate(sorted(lost, key=len))) == [True] * DESKS
    assert_all_booked(DESKS, reserved=way == "reserve")


@pytest.mark.parametrize("way", ["book", "reserve"])
def test_patient_after_patient_is_booked_and_no_fresh_proposal_offers_what_was_lost(desks, way) -> None:
    lost = desks(4, way)
    for sentences in lost:
        assert all(sentence.endswith(".") for sentence in sentences)
        assert len(set(sentences)) == len(sentences)
    assert_all_booked(4 * DESKS, reserved=way == "reserve")
