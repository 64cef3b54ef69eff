"""A patient would come earlier, a slot becomes free, the desk offers it and the patient takes it."""

from datetime import timedelta

from playwright.sync_api import expect

from scheduling.models import Appointment
from scheduling.services.booking import book_appointment
from tests.journeys.story import NOW, TODAY
from tests.scheduling.booking_data import at, make_plan, occupy


def test_a_freed_slot_goes_to_somebody_who_waits(visitors, story):
    patient = story.patient()
    plan = make_plan(patient, story.site, story.doctor, counts=[3], practitioner=story.practitioner)
    sitting, room = plan.sittings.get(number=1), story.rooms[0]
    booked = book_appointment(
        patient=patient, kind="sitting", sitting=sitting, practitioner=story.practitioner, room=room,
        starts=at(TODAY + timedelta(days=3), 12), minutes=15, by=story.reception, now=NOW,
    )  # fmt: skip
    taken = occupy(story.practitioner, room, at(TODAY + timedelta(days=2), 10), 20, story.reception)

    desk = visitors.visit(story.reception)
    desk.goto(f"/appointments/{booked.pk}/")
    desk.get_by_role("link", name="Would come earlier").click()
    desk.get_by_role("button", name="Put on the waiting list").click()
    expect(desk.locator("#messages")).to_contain_text("Greco Sofia is on the waiting list.")

    desk.goto(f"/appointments/{taken.pk}/cancel/")
    desk.get_by_label("Reason").select_option("patient")
    desk.get_by_role("button", name="Cancel the appointment").click()
    expect(desk.get_by_text("Cancelled by the patient")).to_be_visible()
    desk.goto("/today/")
    desk.get_by_role("link", name="Offer: Free: Wed 25 Nov, 10:00").click()
    desk.get_by_role("button", name="to Greco Sofia").click()
    expect(desk.get_by_text("kept until 10:00 by Ferri")).to_be_visible()
    desk.get_by_role("button", name="Accepted").click()
    expect(desk.locator("#messages")).to_contain_text("Greco Sofia has the earlier slot:")
    assert Appointment.objects.get(sitting=sitting).starts == at(TODAY + timedelta(days=2), 10)
