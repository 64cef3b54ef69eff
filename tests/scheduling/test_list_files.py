"""The other lists of the desk as files: the calendar, batches, recalls, the waiting list, ranges to decide."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.models import Patient
from scheduling.models import FreedSlot, SlotOffer, UnavailableDates
from scheduling.services.batches import book_next, make_batch, stop_batch
from scheduling.services.booking import book_appointment
from scheduling.services.calling import log_attempt, mark_do_not_contact
from scheduling.services.tracking import cancel_appointment
from scheduling.services.waiting import offer_slot, refuse_offer
from scheduling.services.wishes import Wanted, add_wish
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy
from tests.scheduling.ranged import given_up_to
from tests.scheduling.test_files import rows
from tests.scheduling.test_recall_list import recall_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DAY = timedelta(days=1)


def cost(desk: Client, name: str, *args: int, **query: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        answer = desk.get(reverse(name, args=args), {**query, "format": "csv"})
        assert b"".join(answer.streaming_content)
    return len(queries)


def links(desk: Client, address: str) -> list[str]:
    """Where the files of a page are, each once: a telephone has them below the list, the desk above it."""
    page = desk.get(address).content.decode()
    found = [each.split('"')[0].replace("&amp;", "&") for each in page.split('href="') if "format=csv" in each[:200]]
    return list(dict.fromkeys(found))


# The calendar.


@pytest.fixture
def week(site, practitioner, room, reception_user):
    """Conti on Monday, Riva cancelled on Tuesday, Serra with Dr Neri on Wednesday for a review."""
    occupy(practitioner, room, at(MONDAY, 10), 30, reception_user, make_patient("Conti"))
    gone = occupy(practitioner, room, at(MONDAY + DAY, 10), 30, reception_user, make_patient("Riva"))
    cancel_appointment(appointment=gone, reason="patient", by=reception_user, now=NOW)
    neri = make_practitioner("Dr Neri", site)
    book_appointment(
        patient=make_patient("Serra"), kind="review", practitioner=neri, room=room,
        starts=at(MONDAY + 2 * DAY, 11, 30), minutes=30, by=reception_user, now=NOW,
    )  # fmt: skip
    return neri


def on_calendar(desk: Client, **query: object) -> list[str]:
    return [row[3] for row in rows(desk, "calendar", **query)[1:]]


def test_the_calendar_as_its_list_shows_it(desk, week):
    assert on_calendar(desk) == ["Conti Sofia"]
    assert on_calendar(desk, view="week") == ["Conti Sofia", "Serra Sofia"]
    assert on_calendar(desk, view="week", show="cancelled") == ["Conti Sofia", "Riva Sofia", "Serra Sofia"]
    assert on_calendar(desk, view="week", kind="review") == ["Serra Sofia"]
    assert on_calendar(desk, view="week", by="room", practitioner=week.pk) == ["Serra Sofia"]
    assert on_calendar(desk, view="week", by="site") == ["Conti Sofia", "Serra Sofia"]
    assert rows(desk, "calendar", date="2026-11-25")[1] == [
        "25/11/2026", "11:30", "12:00", "Serra Sofia", "", "review", "Dr Neri", "Room 1", "booked",
    ]  # fmt: skip


def test_the_calendar_links_to_its_file_as_filtered(desk, week):
    (link,) = links(desk, "/calendar/?view=week&kind=review&date=2026-11-24")
    answer = desk.get(link)
    assert answer["Content-Disposition"].endswith('"calendar-2026-11-23-2026-11-29.csv"')
    assert len(b"".join(answer.streaming_content).splitlines()) == 2


def test_a_calendar_that_cannot_be_read_is_a_message_and_no_file(desk, site):
    answer = desk.get(reverse("calendar"), {"date": "garbage", "format": "csv"})
    assert answer.status_code == 422
    assert answer["Content-Type"].startswith("text/html")


# Batches.


@pytest.fixture
def batch(site, practitioner, room, doctor_user, reception_user):
    """Conti is booked, Riva cannot come, Serra still waits and will not be booked."""
    plans = [
        make_plan(make_patient(surname), site, doctor_user, counts=[3], practitioner=practitioner)
        for surname in ("Conti", "Riva", "Serra")
    ]
    made = make_batch(plans=plans, key=uuid4(), by=reception_user, now=NOW)
    UnavailableDates.objects.create(patient=plans[1].patient, first=MONDAY, last=MONDAY + 20 * DAY)
    book_next(batch=made, by=reception_user, now=NOW, most=2)
    stop_batch(batch=made, by=reception_user, now=NOW)
    return made


def test_a_batch_says_of_each_plan_what_became_of_it(desk, batch):
    head, booked, blocked, left = rows(desk, "batch", batch.pk)
    assert head[:6] == ["No.", "Patient", "Phone", "Plan", "State", "Sittings"]
    assert booked[:2] + booked[4:6] == ["1", "Conti Sofia", "booked", "3"]
    assert booked[8] == "09/12/2026"  # from tomorrow on, and the 8th is a holiday
    assert blocked[1] == "Riva Sofia"
    assert "Sitting 1 has no slot" in blocked[11]
    assert left[1:2] + left[4:6] == ["Serra Sofia", "waiting", "3"]


def test_who_is_not_to_be_contacted_has_no_number_in_the_file_of_a_batch(desk, batch, reception_user):
    called, not_called = (line.plan.patient for line in batch.lines.order_by("position")[:2])
    Patient.objects.update(phone="+393331204455")
    mark_do_not_contact(patient=not_called, reason="asked not to be called", by=reception_user, now=NOW)
    assert {row[1]: row[2] for row in rows(desk, "batch", batch.pk)[1:3]} == {
        called.full_name: "333 120 4455",
        not_called.full_name: "",
    }


def test_the_batches_with_how_far_each_is(desk, batch):
    ((*_first, state, total, booked, unbooked, back, waiting, by),) = rows(desk, "batches")[1:]
    assert [state, total, booked, unbooked, back, waiting, by] == ["stopped", "3", "1", "1", "0", "1", "Ferri"]
    assert links(desk, reverse("batches")) == links(desk, reverse("batch", args=[batch.pk])) == ["?format=csv"]


# Recalls.


def test_recalls_as_narrowed_with_the_last_attempt(desk, site, reception_user):
    soon = recall_plan(site, "Conti", MONDAY + 3 * DAY)
    later = recall_plan(site, "Riva", MONDAY + 20 * DAY)
    tried = {"channel": "phone", "outcome": "no-answer", "key": uuid4(), "note": "=later", "next_on": MONDAY + DAY}
    log_attempt(plan=soon, by=reception_user, now=NOW, **tried)
    mark_do_not_contact(patient=later.patient, reason="moved away", by=reception_user, now=NOW)
    first, second = rows(desk, "recalls")[1:]
    assert first[0] == "Conti Sofia"
    assert first[4:11] == ["26/11/2026", "due in 3 days", "1", "23/11/2026", "no answer", "'=later", "24/11/2026"]
    assert second[0::11] == ["Riva Sofia", "moved away"]
    assert [row[0] for row in rows(desk, "recalls", within="7")[1:]] == ["Conti Sofia"]
    assert [row[0] for row in rows(desk, "recalls", attempt="none")[1:]] == ["Riva Sofia"]
    (link,) = links(desk, "/recalls/?within=7&page=1")
    assert link == "?within=7&format=csv"


def test_recalls_narrowed_in_a_way_that_cannot_be_read_are_a_message_and_no_file(desk, site):
    answer = desk.get(reverse("recalls"), {"within": "garbage", "format": "csv"})
    assert answer.status_code == 422
    assert answer["Content-Type"].startswith("text/html")


# The waiting list.


@pytest.fixture
def wishes(site, practitioner, room, doctor_user, reception_user):
    """Riva and Serra, booked on Thursday, would come earlier; a slot on Wednesday at 10 became free."""
    made = []
    for n, surname in enumerate(("Riva", "Serra")):
        plan = make_plan(make_patient(surname), site, doctor_user, counts=[3], practitioner=practitioner)
        sitting = plan.sittings.get(number=1)
        book_appointment(
            patient=plan.patient, kind="sitting", sitting=sitting, practitioner=practitioner, room=room,
            starts=at(MONDAY + 3 * DAY, 12 + n), minutes=15, by=reception_user, now=NOW,
        )  # fmt: skip
        wanted = Wanted(MONDAY, (0, 2), at(MONDAY, 9).time(), note="after school")
        made.append(add_wish(sitting=sitting, wanted=wanted, by=reception_user, now=NOW))
    taken = occupy(practitioner, room, at(MONDAY + 2 * DAY, 10), 20, reception_user, make_patient("Neri"))
    cancel_appointment(appointment=taken, reason="patient", by=reception_user, now=NOW)
    return made


def test_who_waits_with_when_they_could_come(desk, wishes):
    first, second = rows(desk, "waiting_list")[1:]
    assert [first[0], second[0]] == ["Riva Sofia", "Serra Sofia"]
    assert first[3:7] == ["1", "23/11/2026", "26/11/2026", "Thu 26 Nov, 12:00"]
    assert first[7:14] == ["3", "23/11/2026", "Mon, Wed", "09:00", "", "", "after school"]


def test_the_freed_slots_with_whom_they_fit_in_the_order_to_ask(desk, wishes, reception_user):
    before = rows(desk, "waiting_list", list="slots")[1:]
    assert [row[:4] for row in before] == [["25/11/2026", "10:00", "10:20", "Dr Bianchi"]] * 2
    assert [row[5] for row in before] == ["Riva Sofia", "Serra Sofia"]
    freed = FreedSlot.objects.get()
    offer_slot(freed=freed, wish=wishes[1], key=uuid4(), by=reception_user, now=NOW)
    (offered,) = rows(desk, "waiting_list", list="slots")[1:]
    assert [offered[5], *offered[11:]] == ["Serra Sofia", "08:00", "Ferri"]


def test_every_offer_made_with_what_became_of_it(desk, wishes, reception_user):
    for turn in range(25):
        offer_slot(freed=FreedSlot.objects.first(), wish=wishes[turn % 2], key=uuid4(), by=reception_user, now=NOW)
        refuse_offer(offer=SlotOffer.objects.latest("pk"), answer="refused", by=reception_user, now=NOW)
    found = rows(desk, "waiting_list", list="offers")
    assert len(found) == 26
    assert found[1][:4] == ["25/11/2026", "10:00", "Dr Bianchi", "Riva Sofia"]
    assert found[1][5:] == ["refused", "Ferri", "23/11/2026 07:00", "Ferri"]
    assert links(desk, reverse("waiting_list")) == [
        f"{reverse('waiting_list')}?format=csv{which}" for which in ("&list=slots", "", "&list=offers")
    ]


# Ranges, rights, names, what it costs.


def test_who_is_not_to_be_contacted_has_no_number_in_the_file_of_the_offers(desk, wishes, reception_user):
    for wish in wishes:
        offer_slot(freed=FreedSlot.objects.first(), wish=wish, key=uuid4(), by=reception_user, now=NOW)
        refuse_offer(offer=SlotOffer.objects.latest("pk"), answer="refused", by=reception_user, now=NOW)
    Patient.objects.update(phone="+393331204455")
    mark_do_not_contact(patient=wishes[1].sitting.plan.patient, reason="moved", by=reception_user, now=NOW)
    found = {row[3]: row[4] for row in rows(desk, "waiting_list", list="offers")[1:]}
    assert found == {"Riva Sofia": "333 120 4455", "Serra Sofia": ""}


def test_the_ranges_to_decide(client, clock, patient, site, doctor_user, practitioner, room, reception_user):
    given_up_to(make_plan(patient, site, doctor_user, counts=[8, 3], practitioner=practitioner), 6, reception_user)
    clock.move_to(at(MONDAY + 35 * DAY, 12))
    client.force_login(doctor_user)
    ((name, _plan, phase, given, last),) = rows(client, "review", list="ranges")[1:]
    assert (name, phase, last) == ("Greco Sofia", "induction", "11/01/2027")
    assert given.startswith("6 of 8 given")
    assert f"{reverse('review')}?format=csv&list=ranges" in links(client, reverse("review"))


def test_a_list_that_is_not_there_is_the_page(desk, wishes):
    answer = desk.get(reverse("waiting_list"), {"format": "csv", "list": "\x00"})
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("name", ["calendar", "batches", "recalls", "waiting_list"])
def test_who_may_not_see_a_list_gets_no_file(client, administrator_user, site, name: str):
    client.force_login(administrator_user)
    assert client.get(reverse(name), {"format": "csv"}).status_code == 403


def test_the_files_have_full_names_when_the_screen_shows_initials(desk, reception_user, week, batch, wishes, site):
    recall_plan(site, "Neri", MONDAY)
    reception_user.initials_only = True
    reception_user.save()
    assert "Conti Sofia" in on_calendar(desk)
    assert rows(desk, "batch", batch.pk)[1][1] == "Conti Sofia"
    assert rows(desk, "recalls")[1][0] == "Neri Sofia"
    for which in ("", "slots"):
        assert "Riva Sofia" in rows(desk, "waiting_list", **({"list": which} if which else {}))[1]


def test_a_file_costs_the_same_for_few_lines_and_for_many(
    desk, site, practitioner, room, doctor_user, reception_user, wishes
):
    found = []
    for few, many in ((0, 2), (2, 22)):
        plans = []
        for n in range(few, many):
            occupy(practitioner, room, at(MONDAY, 9 + n // 6, n % 6 * 10), 5, reception_user, make_patient(f"A{n}"))
            recall_plan(site, f"B{n}", MONDAY)
            plans.append(make_plan(make_patient(f"C{n}"), site, doctor_user, counts=[1]))
            wanted = Wanted(MONDAY)
            add_wish(sitting=plans[-1].sittings.get(number=1), wanted=wanted, by=reception_user, now=NOW)
        made = make_batch(plans=plans, key=uuid4(), by=reception_user, now=NOW)
        asked = [("calendar",), ("batches",), ("batch", made.pk), ("recalls",), ("waiting_list",)]
        found.append([cost(desk, *each) for each in asked] + [cost(desk, "waiting_list", list="slots")])
    assert found[0] == found[1]
    assert max(found[0]) <= 14
