"""Real processes offer one freed slot to different patients: one is asked, nobody else is."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from scheduling.models import Answer, Appointment, FreedSlot, SlotOffer, Status
from scheduling.selectors.waiting import wishes
from scheduling.services.tracking import cancel_appointment
from scheduling.services.waiting import accept_offer, offer_slot
from scheduling.services.wishes import Wanted, add_wish
from tests.concurrency.test_race import overlaps, race
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_of_six_processes_exactly_one_offers_the_slot(site, practitioner, room, doctor_user, reception_user) -> None:
    taken = occupy(practitioner, room, at(MONDAY + timedelta(days=2), 10), 20, reception_user)
    cancel_appointment(appointment=taken, reason="patient", by=reception_user, now=NOW)
    freed, jobs = FreedSlot.objects.get(), []
    for n in range(6):
        plan = make_plan(make_patient(f"Race{n}"), site, doctor_user, counts=[2], practitioner=practitioner)
        sitting = plan.sittings.get(number=1)
        wish = add_wish(sitting=sitting, wanted=Wanted(MONDAY), by=reception_user, now=NOW)
        jobs.append(
            {"act": "offer", "plan": plan.pk, "freed": freed.pk, "wish": wish.pk}
            | {"by": reception_user.pk, "now": str(NOW)}
        )
    answers = race(jobs)
    assert [answer for answer in answers if "error" in answer] == []
    assert sorted(answer.get("refused", "offered") for answer in answers) == ["SlotTaken"] * 5 + ["offered"]
    assert Appointment.objects.filter(status=Status.RESERVED).count() == SlotOffer.objects.count() == 1
    assert overlaps() == 0


def offered(site, practitioner, room, doctor_user, reception_user) -> SlotOffer:
    """A freed slot that somebody who waits has just been offered."""
    taken = occupy(practitioner, room, at(MONDAY + timedelta(days=2), 10), 20, reception_user)
    cancel_appointment(appointment=taken, reason="patient", by=reception_user, now=NOW)
    freed = FreedSlot.objects.select_related("practitioner", "room__site", "equipment").get()
    plan = make_plan(make_patient("Race"), site, doctor_user, counts=[2], practitioner=practitioner)
    sitting = plan.sittings.get(number=1)
    made = add_wish(sitting=sitting, wanted=Wanted(MONDAY), by=reception_user, now=NOW)
    return offer_slot(freed=freed, wish=wishes().get(pk=made.pk), key=uuid4(), by=reception_user, now=NOW)


def test_of_six_answers_at_one_moment_one_is_kept_and_none_waits_for_another(
    site, practitioner, room, doctor_user, reception_user
) -> None:
    offer = offered(site, practitioner, room, doctor_user, reception_user)
    sitting = offer.wish.sitting
    answers = race(
        [
            {"act": "answer", "how": how, "offer": offer.pk, "by": reception_user.pk, "now": str(NOW)}
            for how in ("accept", "refuse", "close") * 2
        ]
    )
    assert [answer for answer in answers if "error" in answer] == []
    offer.refresh_from_db()
    booked = Appointment.objects.filter(sitting=sitting, status=Status.BOOKED).count()
    assert (offer.answer, booked) in [("accepted", 1), ("refused", 0)]
    assert not Appointment.objects.filter(status=Status.RESERVED).exists()


def test_who_accepts_and_who_changes_the_wish_at_that_moment_are_both_served(
    site, practitioner, room, doctor_user, reception_user
) -> None:
    """The one has the wish and asks for the plan, the other has the plan and asks for the wish."""
    offer = offered(site, practitioner, room, doctor_user, reception_user)
    sitting = offer.wish.sitting
    raised = once_each_has_a_lock(
        ("scheduling_earlierwish", lambda: accept_offer(offer=offer, by=reception_user, now=NOW)),
        (
            "scheduling_treatmentplan",
            lambda: add_wish(sitting=sitting, wanted=Wanted(MONDAY, note="hers"), by=reception_user, now=NOW),
        ),
    )
    assert raised == []
    offer.refresh_from_db()
    assert offer.answer == Answer.ACCEPTED
    assert Appointment.objects.get(sitting=sitting, status=Status.BOOKED).starts == offer.freed.starts
    assert sitting.wishes.filter(note="hers").count() == 1


def once_each_has_a_lock(*acts: tuple[str, Callable[[], object]]) -> list[Exception]:
    """What two acts raise that go on only when each has locked rows of its table; SQLite locks none of its own."""
    both, raised = threading.Barrier(len(acts)), []

    def run(table: str, act: Callable[[], object]) -> None:
        waits = [both]

        def look(execute, sql, *rest):
            answer = execute(sql, *rest)
            if waits and "FOR UPDATE" in sql and f'FROM "{table}"' in sql:
                waits.pop().wait(30)
            return answer

        try:
            with connection.execute_wrapper(look):
                act()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised
