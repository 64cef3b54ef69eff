"""The story the product is made for: from a documented protocol to a booked cycle and its first sitting given."""

import re

from playwright.sync_api import Page, expect

from patients.models import Patient
from scheduling.models import Appointment, SittingState, TreatmentPlan
from tests.conftest import PASSWORD
from tests.journeys.story import TODAY


def sign_in(page: Page, username: str) -> None:
    page.goto("/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1, name="Monday 23 November")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_text("Signed in as").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_doctor_prescribes_three_phases_and_reception_books_all_28_and_gives_the_first(visitors, story):
    page = visitors.visit()

    sign_in(page, story.doctor.username)
    make_patient(page)
    approve_protocol(page)
    write_plan(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".state.is-approved")).to_be_visible()
    sign_out(page)

    sign_in(page, story.reception.username)
    book_cycle(page)
    plan = TreatmentPlan.objects.get()
    sittings = list(plan.sittings.order_by("number"))
    assert Appointment.objects.filter(sitting__plan=plan).count() == 28
    assert all(sitting.earliest <= sitting.booked <= sitting.latest for sitting in sittings)
    assert sittings[0].booked == TODAY

    give_first_sitting(page)
    first = plan.sittings.get(number=1)
    assert (first.state, first.given) == (SittingState.COMPLETED, TODAY)


def make_patient(page: Page) -> None:
    page.get_by_role("link", name="Patients").first.click()
    page.get_by_role("link", name="New patient").first.click()
    page.get_by_label("Surname").fill("Greco")
    page.locator("#id_given_name").fill("Sofia")
    page.get_by_label("Birth date").fill("1985-03-12")
    page.get_by_label("Sex").select_option("F")
    page.get_by_role("textbox", name="Phone").fill("333 120 4455")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Greco")
    assert Patient.objects.get().phone == "+393331204455"


def approve_protocol(page: Page) -> None:
    """The way in is the one a doctor finds: the new plan says that the protocol is not approved yet."""
    page.get_by_role("link", name="New plan").click()
    page.get_by_role("link", name="Choose Cellulite, three phases").click()
    page.get_by_role("link", name="Open the protocol").click()
    page.get_by_role("button", name="Approve this version").click()
    expect(page.get_by_text("Approved by")).to_be_visible()


def write_plan(page: Page) -> None:
    page.get_by_role("link", name="Patients").first.click()
    page.get_by_role("link", name="Greco Sofia").click()
    page.get_by_role("link", name="New plan").click()
    page.get_by_role("link", name="Choose Cellulite, three phases").click()
    preview = page.locator("#preview")
    expect(preview.locator("tbody tr")).to_have_count(28)
    # Begun with the next working day.
    expect(preview.get_by_role("row").nth(1)).to_contain_text("Tue 24 Nov 2026")

    page.get_by_label("Start date").fill("2027-01-31")
    expect(preview.get_by_role("row").nth(2)).to_contain_text("Sun 28 Feb 2027")
    expect(preview.get_by_role("row").nth(3)).to_contain_text("Wed 31 Mar 2027")
    page.get_by_label("Start date").fill(TODAY.isoformat())
    expect(preview.get_by_role("row").nth(2)).to_contain_text("Wed 23 Dec 2026")
    expect(preview.locator("svg[role=img]")).to_be_visible()

    page.get_by_label("Thighs", exact=True).check()
    page.get_by_label("Indication").select_option("pefs")
    page.get_by_label("Diagnosis").fill("Localised oedema of both thighs.")
    page.get_by_role("button", name="Save and propose").click()
    expect(page.get_by_text("Saved, and proposed to the doctor.")).to_be_visible()


def book_cycle(page: Page) -> None:
    page.get_by_role("link", name="To book").first.click()
    page.get_by_role("link", name="Book for Greco Sofia").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("28 sittings")
    expect(page.locator(".proposal")).to_have_count(3)
    expect(page.get_by_role("row")).to_have_count(29)
    assert "Localised oedema" not in page.content()
    page.get_by_role("button", name="Book 28 sittings").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("To book")
    expect(page.locator("#messages")).to_contain_text("28")
    page.locator("#messages").get_by_role("link", name="To the plan").click()
    expect(page.locator(".state.is-running")).to_be_visible()
    assert "Localised oedema" not in page.content()


def give_first_sitting(page: Page) -> None:
    page.get_by_role("link", name="Today").first.click()
    card = page.locator(".slot", has_text="S. Greco")
    for act, status in (("Arrived", "arrived"), ("Start", "in treatment"), ("Finish", "completed")):
        card.get_by_role("button", name=act).click()
        expect(card).to_contain_text(status)
    following = page.get_by_role("region", name=re.compile("Next for"))
    expect(following).to_contain_text("Sitting 2")
    second = Appointment.objects.get(sitting__number=2)
    expect(following.locator(f"a[href='/appointments/{second.pk}/']")).to_be_visible()
