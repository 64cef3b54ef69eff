"""Choosing plans on the list, and the page of their batch: the order, step by step, stopping, taking back."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling.models import Appointment, Batch, BatchLine, Room, TreatmentPlan, UnavailableDates
from scheduling.services.batches import book_next, make_batch
from tests.pages import words
from tests.scheduling.booking_data import MONDAY, NOW, make_patient, make_plan

pytestmark = pytest.mark.usefixtures("clock")

DAY = timedelta(days=1)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def plans(site, practitioner, room, doctor_user) -> list[TreatmentPlan]:
    """Three plans of three weekly sittings."""
    return [
        make_plan(make_patient(surname), site, doctor_user, counts=[3], practitioner=practitioner)
        for surname in ("Conti", "Riva", "Serra")
    ]


@pytest.fixture
def batch(plans, reception_user) -> Batch:
    return make_batch(plans=plans, key=uuid4(), by=reception_user, now=NOW)


def choose(client: Client, plans, key: object = None, **extra):
    data = {"plans": [plan.pk for plan in plans], "key": str(key or uuid4())}
    return client.post(reverse("batch_new"), data, **extra)


def step(client: Client, batch: Batch, **extra):
    return client.post(reverse("batch_step", args=[batch.pk]), **extra)


def page_of(client: Client, batch: Batch):
    return client.get(reverse("batch", args=[batch.pk]))


def states(batch: Batch) -> list[str]:
    return list(batch.lines.order_by("position").values_list("state", flat=True))


# Choosing.


def test_each_plan_to_book_has_a_box_and_none_is_ticked(desk, plans) -> None:
    page = words(desk.get(reverse("to_book")))
    assert page.count('name="plans"') == 3
    assert " checked" not in page
    assert "Choose Conti Sofia, " in page


def test_without_a_script_a_link_ticks_every_box_of_the_page(desk, plans) -> None:
    assert words(desk.get(reverse("to_book"), {"choose": "all"})).count(" checked") == 3
    assert " checked" not in words(desk.get(reverse("to_book"), {"choose": "\x00"}))


def test_the_chosen_plans_become_a_batch_of_which_nothing_is_booked_yet(desk, plans) -> None:
    answer = choose(desk, plans[:2])
    batch = Batch.objects.get()
    assert answer.url == reverse("batch", args=[batch.pk])
    page = words(desk.get(answer.url))
    assert "Batch of 2 plans, Mon 23 Nov 2026, 07:00" in page
    assert "0 booked · 0 without slots · 2 waiting" in page
    assert "Nothing is booked yet." in page
    assert "Start booking" in page
    assert "off the ideal" not in page
    assert Appointment.objects.count() == 0


def test_nothing_chosen_is_said_on_the_list(desk, plans) -> None:
    answer = choose(desk, [])
    assert answer.status_code == 422
    assert "Choose at least one plan." in words(answer)
    assert words(answer).count('name="plans"') == 3


@pytest.mark.parametrize("plan", ["0", "-1", "x", "\x00", "9" * 30, "0" * 30 + "9" * 30, "987654321"])
def test_a_plan_that_does_not_exist_is_no_crash_and_loses_no_tick(desk, plans, plan: str) -> None:
    answer = desk.post(reverse("batch_new"), {"plans": [str(plans[0].pk), plan], "key": str(uuid4())})
    assert answer.status_code == 422
    assert answer.context["chosen"] == {plans[0].pk}
    assert not Batch.objects.exists()


@pytest.mark.parametrize("key", ["", "\x00", "none", "x" * 10_000])
def test_a_damaged_key_is_refused_and_loses_no_tick(desk, plans, key: str) -> None:
    answer = desk.post(reverse("batch_new"), {"plans": [plans[1].pk], "key": key})
    assert answer.status_code == 422
    assert answer.context["chosen"] == {plans[1].pk}


def test_a_second_press_leads_to_the_batch_of_the_first(desk, plans) -> None:
    key = uuid4()
    assert choose(desk, plans, key).url == choose(desk, plans, key).url
    assert choose(desk, plans[:1], key).status_code == 422
    assert Batch.objects.count() == 1


def test_an_address_typed_by_hand_leads_back_to_the_list(desk, batch) -> None:
    assert desk.get(reverse("batch_new"), {"page": "2"}).url == f"{reverse('to_book')}?page=2"
    for name in ("batch_step", "batch_stop"):
        assert desk.get(reverse(name, args=[batch.pk])).url == reverse("batch", args=[batch.pk])
    line = batch.lines.earliest("position")
    assert desk.get(reverse("batch_take_back", args=[line.pk])).url == reverse("batch", args=[batch.pk])
    assert states(batch) == ["waiting"] * 3


@pytest.mark.parametrize("name", ["batch", "batch_step", "batch_stop", "batch_take_back"])
@pytest.mark.parametrize("pk", [0, 987654321, 10**30])
def test_what_does_not_exist_is_not_found(desk, name: str, pk: int) -> None:
    assert desk.get(reverse(name, args=[pk])).status_code == 404
    assert desk.post(reverse(name, args=[pk])).status_code in (404, 405)


# Going on.


def test_with_a_script_each_answer_is_the_batch_after_one_more_plan_and_asks_for_the_next(desk, batch) -> None:
    answers = [words(step(desk, batch, headers=HTMX)) for _turn in range(3)]
    assert all(answer.startswith('<div id="batch">') for answer in answers)
    assert ["id=next-" in answer.replace('"', "") for answer in answers] == [True, True, False]
    assert "Conti Sofia: 3 sittings are booked." in answers[0]
    assert "1 of 3" in answers[0]
    assert "All done." in answers[2]
    assert states(batch) == ["booked"] * 3


def test_without_a_script_each_press_books_a_few_and_comes_back(desk, batch) -> None:
    assert step(desk, batch).url == reverse("batch", args=[batch.pk])
    page = words(page_of(desk, batch))
    assert "3 booked · 0 without slots · 0 waiting" in page
    assert "id=next-" not in page.replace('"', "")
    assert "Go on" not in page


def test_opening_the_page_of_an_unfinished_batch_books_nothing_but_offers_to_go_on(desk, batch) -> None:
    step(desk, batch, headers=HTMX)
    page = words(page_of(desk, batch))
    assert "Go on" in page
    assert "load, every" not in page
    assert states(batch) == ["booked", "waiting", "waiting"]


def test_a_step_too_many_changes_nothing(desk, batch) -> None:
    for _turn in range(2):
        step(desk, batch)
    answer = step(desk, batch, headers=HTMX)
    assert answer.status_code == 200
    assert Appointment.objects.count() == 9


def test_what_was_not_placed_says_why_beside_a_way_to_its_own_page(desk, plans, batch) -> None:
    UnavailableDates.objects.create(patient=plans[0].patient, first=MONDAY, last=MONDAY + 20 * DAY)
    step(desk, batch)
    page = words(page_of(desk, batch))
    assert "Sitting 1 has no slot between Mon 23 Nov 2026 and Thu 26 Nov 2026." in page
    assert reverse("book_cycle", args=[plans[0].pk]) in page
    assert "2 booked · 1 without slots · 0 waiting" in page


# Watching what a colleague books.


def news(desk: Client, batch: Batch, seen: str | None = None):
    version = page_of(desk, batch).context["progress"].version if seen is None else seen
    return desk.get(reverse("batch", args=[batch.pk]), {"seen": version}, headers=HTMX)


def test_a_page_that_runs_nothing_asks_for_news_until_the_batch_is_over(desk, batch) -> None:
    asks = f'hx-get="{reverse("batch", args=[batch.pk])}?seen='
    assert asks in words(page_of(desk, batch))
    assert asks not in words(step(desk, batch, headers=HTMX))  # this one goes on by itself
    assert asks in words(page_of(desk, batch))
    step(desk, batch)
    assert asks not in words(page_of(desk, batch))


def test_a_stopped_batch_is_watched_no_longer(desk, batch) -> None:
    desk.post(reverse("batch_stop", args=[batch.pk]))
    assert "?seen=" not in words(page_of(desk, batch))


def test_nothing_new_is_an_empty_answer(desk, batch) -> None:
    answer = news(desk, batch)
    assert (answer.status_code, answer.content) == (204, b"")


def test_what_a_colleague_booked_is_there_with_the_next_question(desk, batch, client, doctor_user) -> None:
    seen = page_of(desk, batch).context["progress"].version
    colleague = Client()
    colleague.force_login(doctor_user)
    step(colleague, batch, headers=HTMX)
    answer = news(desk, batch, seen)
    assert words(answer).startswith('<div id="batch">')
    assert "1 booked · 0 without slots · 2 waiting" in words(answer)
    assert news(desk, batch, answer.context["progress"].version).status_code == 204
    step(colleague, batch)
    assert "?seen=" not in words(news(desk, batch, answer.context["progress"].version))


@pytest.mark.parametrize("seen", ["", "x", "\x00", "9" * 5000])
def test_a_question_that_makes_no_sense_is_answered_with_the_batch(desk, batch, seen: str) -> None:
    assert "0 booked · 0 without slots · 3 waiting" in words(news(desk, batch, seen))


def test_asking_for_news_costs_little(desk, batch) -> None:
    address = f"{reverse('batch', args=[batch.pk])}?seen={page_of(desk, batch).context['progress'].version}"
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(address, headers=HTMX).status_code == 204
    assert len(queries) <= 5


def test_the_list_asks_for_news_while_a_batch_goes_on(desk, batch) -> None:
    address = reverse("batches")
    first = desk.get(address)
    assert f'hx-get="{address}?seen={first.context["version"]}"' in words(first)
    news = {"seen": first.context["version"]}
    assert desk.get(address, news, headers=HTMX).status_code == 204
    step(desk, batch, headers=HTMX)
    changed = desk.get(address, news, headers=HTMX)
    assert changed.templates[0].name == "scheduling/_batches.html"
    assert "1 of 3" in words(changed)
    assert f'?seen={changed.context["version"]}"' in words(changed)
    desk.post(reverse("batch_stop", args=[batch.pk]))
    assert "hx-get" not in words(desk.get(address, news, headers=HTMX))


def test_the_pages_of_the_list_do_not_carry_what_was_seen(desk, reception_user) -> None:
    Batch.objects.bulk_create(Batch(key=uuid4(), made_by=reception_user, made_at=NOW) for _n in range(26))
    page = desk.get(reverse("batches"), {"seen": "x"}, headers=HTMX)
    assert 'href="?page=2"' in words(page)


@pytest.mark.parametrize("seen", ["", "x", "\x00", "9" * 5000])
def test_a_question_about_the_list_that_makes_no_sense_is_answered_with_it(desk, batch, seen: str) -> None:
    assert "0 of 3" in words(desk.get(reverse("batches"), {"seen": seen}, headers=HTMX))


# Stopping and taking back.


def test_a_stopped_batch_offers_no_way_on(desk, batch) -> None:
    step(desk, batch, headers=HTMX)
    answer = desk.post(reverse("batch_stop", args=[batch.pk]), follow=True)
    page = words(answer)
    assert "Stopped: 2 plans stay unbooked." in page
    assert "Stopped by Ferri" in page
    assert "Go on" not in page
    assert states(batch) == ["booked", "waiting", "waiting"]


def test_a_line_is_taken_back_once(desk, batch) -> None:
    step(desk, batch, headers=HTMX)
    line = batch.lines.earliest("position")
    address = reverse("batch_take_back", args=[line.pk])
    assert "Conti Sofia: 3 appointments are cancelled." in words(desk.post(address, follow=True))
    assert set(Appointment.objects.values_list("status", flat=True)) == {"cancelled"}
    again = desk.post(address)
    assert again.status_code == 422
    assert "Nothing of what was booked here is still booked." in words(again)
    assert states(batch) == ["taken-back", "waiting", "waiting"]


# The list, languages, queries.


def test_the_list_shows_how_far_everybody_s_batches_are(desk, batch, plans, doctor_user) -> None:
    other = make_batch(plans=plans[:1], key=uuid4(), by=doctor_user, now=NOW)
    step(desk, batch, headers=HTMX)
    page = desk.get(reverse("batches"))
    assert [(row.batch, row.progress.done, row.progress.total) for row in page.context["rows"]] == [
        (other, 0, 1),
        (batch, 1, 3),
    ]
    assert "not begun" in words(page)
    assert "not finished" in words(page)
    assert reverse("batches") in words(desk.get(reverse("to_book")))


def test_an_empty_list_says_where_a_batch_begins(desk, site) -> None:
    assert "choose some under To book" in words(desk.get(reverse("batches")))


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "%00", "9" * 10_000])
def test_a_page_of_the_list_that_does_not_exist_shows_one_that_does(desk, batch, page: str) -> None:
    assert desk.get(f"{reverse('batches')}?page={page}").context["rows"]


def count(client: Client, method: str, address: str, **extra) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert getattr(client, method)(address, **extra).status_code == 200
    return len(queries)


def test_every_page_and_step_costs_the_same_for_2_and_for_50_plans(
    desk, site, practitioner, room, doctor_user, reception_user
) -> None:
    Room.objects.create(site=site, name="Room 2")
    found = []
    for surname, many in (("Due", 3), ("Tanti", 51)):
        plans = [make_plan(make_patient(f"{surname}{n}"), site, doctor_user, counts=[1]) for n in range(many)]
        batch = make_batch(plans=plans, key=uuid4(), by=reception_user, now=NOW)
        book_next(batch=batch, by=reception_user, now=NOW)
        page = count(desk, "get", reverse("batch", args=[batch.pk]))
        stepped = count(desk, "post", reverse("batch_step", args=[batch.pk]), headers=HTMX)
        found.append((page, stepped))
    assert found[0] == found[1]
    assert found[0][0] <= 12
    assert found[0][1] <= 75


def test_the_list_costs_the_same_for_one_batch_and_for_twenty(desk, plans, reception_user) -> None:
    make_batch(plans=plans, key=uuid4(), by=reception_user, now=NOW)
    one = count(desk, "get", reverse("batches"))
    for _each in range(19):
        make_batch(plans=plans, key=uuid4(), by=reception_user, now=NOW)
    assert count(desk, "get", reverse("batches")) == one <= 10
    assert BatchLine.objects.count() == 60
