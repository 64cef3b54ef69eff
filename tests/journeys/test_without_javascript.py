"""Everything works without JavaScript: dates of a plan, booking its cycle, the steps of a sitting."""

from playwright.sync_api import expect

from scheduling.models import Appointment, Protocol, TreatmentPlan
from tests.journeys.conftest import PHONE
from tests.journeys.story import THREE_PHASES


def test_on_a_phone_the_list_comes_first_and_its_filters_open_without_javascript(visitors, story):
    story.plan(story.patient())
    phone = visitors.visit(story.reception, java_script_enabled=False, viewport=PHONE)
    for address, field in (("/to-book/?closing=30", "Protocol"), ("/recalls/", "Last outcome")):
        phone.goto(address)
        expect(phone.get_by_label(field)).to_be_hidden()
        phone.locator("summary", has_text="Filters").click()
        expect(phone.get_by_label(field)).to_be_visible()
    phone.goto("/to-book/?closing=30")
    expect(phone.get_by_text("Window: closes within 30 days")).to_be_visible()
    desk = visitors.visit(story.reception, java_script_enabled=False)
    desk.goto("/to-book/")
    expect(desk.get_by_label("Protocol")).to_be_visible()
    expect(desk.locator("summary", has_text="Filters")).to_be_hidden()


def test_dates_booking_and_steps_work_without_javascript(visitors, story):
    patient, other = story.patient(), story.patient("Conti", "Anna")
    plan = story.plan(patient)
    page = visitors.visit(story.doctor, java_script_enabled=False)

    protocol = Protocol.objects.get(key=THREE_PHASES)
    page.goto(f"/plans/new/?patient={other.pk}&protocol={protocol.pk}")
    page.get_by_label("Start date").fill("2027-01-31")
    page.get_by_label("Thighs", exact=True).check()
    page.get_by_role("button", name="Show dates").click()
    expect(page.locator("#preview").get_by_role("row").nth(2)).to_contain_text("Sun 28 Feb 2027")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator(".state.is-draft")).to_be_visible()
    assert TreatmentPlan.objects.get(patient=other).sittings.count() == 28

    page.goto(f"/plans/{plan.pk}/book/")
    page.get_by_role("button", name="Book 28 sittings").first.click()
    expect(page.locator(".state.is-running")).to_be_visible()
    assert Appointment.objects.filter(sitting__plan=plan).count() == 28

    page.goto("/today/")
    card = page.locator(".slot", has_text="S. Greco")
    for act, status in (("Arrived", "arrived"), ("Start", "in treatment"), ("Finish", "completed")):
        card.get_by_role("button", name=act).click()
        expect(card).to_contain_text(status)
        if status != "completed":
            expect(card.locator("[data-key=s], [data-key=f]")).to_be_focused()  # the next step is one Enter away
    expect(page.get_by_role("heading", name="Next for S. Greco")).to_be_focused()


def test_every_page_of_the_desk_has_its_content_without_javascript(visitors, story):
    booked, approved = story.plan(story.patient(), until="booked"), story.plan(story.patient("Conti", "Anna"))
    story.freed(waits=approved.sittings.get(number=1))
    first, second = (Appointment.objects.get(sitting__plan=booked, sitting__number=number) for number in (1, 2))
    page = visitors.visit(story.reception, java_script_enabled=False)
    for address, content in (
        ("/today/", page.locator(".slot", has_text="S. Greco").get_by_role("button", name="Arrived")),
        ("/calendar/?view=week", page.locator(".calendar-entries").get_by_role("link", name="Greco Sofia").first),
        ("/patients/", page.get_by_role("row", name="Greco Sofia")),
        (f"/patients/{booked.patient_id}/", page.locator(".facts").get_by_text("Mon 23 Nov")),
        ("/book/?q=o", page.locator("#who").get_by_role("link", name="Conti Anna")),
        (f"/patients/{approved.patient_id}/book/", page.get_by_role("link", name="All 28 sittings")),
        (f"/plans/{approved.pk}/book/", page.get_by_role("button", name="Book 28 sittings").first),
        (f"/sittings/{approved.sittings.get(number=1).pk}/book/", page.get_by_role("button", name="Book").first),
        (f"/appointments/{first.pk}/", page.get_by_role("button", name="Arrived")),
        (f"/appointments/{second.pk}/move/", page.get_by_role("link", name="Move to").first),
        (f"/appointments/{second.pk}/cancel/", page.get_by_role("button", name="Cancel and rebook")),
        ("/to-book/", page.get_by_role("row", name="Conti Anna")),
        ("/waiting-list/", page.get_by_role("button", name="Offer").first),
        ("/recalls/", page.get_by_role("heading", level=1, name="Recalls")),
        (f"/plans/{booked.pk}/", page.get_by_role("link", name="Move sitting 2", exact=True).first),
        ("/print/day/", page.get_by_text("Greco Sofia")),
    ):
        page.goto(address)
        expect(content, address).to_be_visible()
