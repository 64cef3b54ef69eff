"""Whom to ask back, in which order, until when; the log of attempts; who is not to be contacted."""

import re
from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from scheduling.forms.recalls import RecallFilter
from scheduling.models import (
    CycleRepeat,
    DoNotContact,
    PlanPhase,
    PlanState,
    Protocol,
    RecallAttempt,
    Site,
    Sitting,
    SittingState,
    TreatmentPlan,
)
from scheduling.selectors.recalls import NextAttempt, recall_rows, recalls
from scheduling.selectors.worklists import rail_counts
from scheduling.services.calling import allow_contact, log_attempt, mark_do_not_contact, repeat_cycle_from
from scheduling.services.refusals import KeyReused, Refused
from tests.scheduling.booking_data import MONDAY, NOW, make_patient, make_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DAY = timedelta(days=1)


def recall_plan(site, surname: str, due: date, *, given: int = 1, state: str = PlanState.RUNNING) -> TreatmentPlan:
    """A plan with so many sittings given and two monthly recalls, the first of them ideal on a day."""
    plan = TreatmentPlan.objects.create(
        patient=make_patient(surname),
        protocol=Protocol.objects.get(key="weekly-with-recalls", version=1),
        site=site,
        start_date=due - 60 * DAY,
        state=state,
    )
    spec = {"every": 1, "early": 5, "late": 7, "minimum_gap": 15}
    first = PlanPhase.objects.create(plan=plan, position=1, purpose="induction", count=2, unit="week", **spec)
    second = PlanPhase.objects.create(plan=plan, position=2, purpose="maintenance", count=2, unit="month", **spec)
    ideals = (due - 37 * DAY, due - 30 * DAY, due, due + 40 * DAY)
    for number, ideal in enumerate(ideals, start=1):
        done = number <= given + 1
        Sitting.objects.create(
            plan=plan, phase=first if number < 3 else second, number=number, gap=7, ideal=ideal,
            earliest=ideal - 5 * DAY, latest=ideal + 7 * DAY, given=ideal if done else None,
            state=SittingState.COMPLETED if done else SittingState.DUE,
        )  # fmt: skip
    return TreatmentPlan.objects.select_related("patient", "site").get(pk=plan.pk)


def log(plan: TreatmentPlan, by, **values) -> RecallAttempt:
    told = {"channel": "phone", "outcome": "no-answer", "key": uuid4(), "now": NOW} | values
    return log_attempt(plan=plan, by=by, **told)


def listed(**values) -> list[str]:
    return [plan.patient.surname for plan in recalls(today=MONDAY, **values)]


# Who is on the list.


def test_a_recall_without_a_slot_is_listed_from_so_many_days_before_it_is_due(site) -> None:
    recall_plan(site, "Riva", MONDAY + 30 * DAY)
    recall_plan(site, "Serra", MONDAY + 31 * DAY)
    assert listed() == ["Riva"]
    assert listed(within=60) == ["Riva", "Serra"]


def test_what_is_due_soonest_comes_first(site) -> None:
    recall_plan(site, "Serra", MONDAY + 9 * DAY)
    recall_plan(site, "Riva", MONDAY - 9 * DAY)
    assert listed() == ["Riva", "Serra"]


def test_a_recall_waits_for_the_sittings_of_the_cycle_before_it(site) -> None:
    plan = recall_plan(site, "Riva", MONDAY)
    plan.sittings.filter(number=2).update(state=SittingState.DUE)
    assert listed() == []


@pytest.mark.parametrize("state", [PlanState.PAUSED, PlanState.STOPPED, PlanState.DRAFT])
def test_a_plan_that_does_not_go_on_asks_nobody_back(site, state) -> None:
    recall_plan(site, "Riva", MONDAY, state=state)
    assert listed() == []


def test_a_booked_recall_leaves_the_list_and_a_cancelled_one_comes_back_with_its_attempts(site, reception_user) -> None:
    plan = recall_plan(site, "Riva", MONDAY)
    log(plan, reception_user, outcome="coming")
    plan.sittings.filter(number=3).update(state=SittingState.BOOKED, booked=MONDAY)
    assert listed() == []
    plan.sittings.filter(number=3).update(state=SittingState.DUE, booked=None)
    assert [row.attempts for row in recall_rows(recalls(today=MONDAY), MONDAY)] == [1]


def test_the_next_recall_begins_with_an_empty_log(site, reception_user) -> None:
    plan = recall_plan(site, "Riva", MONDAY)
    log(plan, reception_user, next_on=MONDAY)
    plan.sittings.filter(number=3).update(state=SittingState.COMPLETED, given=MONDAY)
    (row,) = recall_rows(recalls(today=MONDAY, within=60), MONDAY)
    assert (row.attempts, row.last, row.call_now) == (0, None, False)


def completed(site, surname: str, doctor_user, due: date) -> TreatmentPlan:
    plan = recall_plan(site, surname, MONDAY - 200 * DAY, given=3, state=PlanState.COMPLETED)
    repeat_cycle_from(plan=plan, due=due, by=doctor_user)
    return plan


def test_a_completed_cycle_is_listed_from_the_day_the_doctor_set(site, doctor_user) -> None:
    plan = completed(site, "Riva", doctor_user, MONDAY + 31 * DAY)
    assert listed() == []
    repeat_cycle_from(plan=plan, due=MONDAY + 30 * DAY, by=doctor_user)
    (row,) = recall_rows(recalls(today=MONDAY), MONDAY)
    assert (row.what, row.due) == ("cycle to be repeated", MONDAY + 30 * DAY)
    assert CycleRepeat.history.count() == 2


def test_a_cycle_planned_again_leaves_the_list_unless_that_plan_was_stopped(site, practitioner, doctor_user) -> None:
    plan = completed(site, "Riva", doctor_user, MONDAY)
    again = make_plan(plan.patient, site, doctor_user, counts=[3])
    assert listed() == []
    TreatmentPlan.objects.filter(pk=again.pk).update(state=PlanState.STOPPED)
    assert listed() == ["Riva"]


def test_a_draft_has_no_cycle_to_repeat(site, doctor_user) -> None:
    plan = recall_plan(site, "Riva", MONDAY, state=PlanState.DRAFT)
    with pytest.raises(Refused, match="draft"):
        repeat_cycle_from(plan=plan, due=MONDAY, by=doctor_user)


# Attempts.


def test_an_attempt_that_is_due_puts_its_patient_first(site, reception_user) -> None:
    recall_plan(site, "Riva", MONDAY - 20 * DAY)
    log(recall_plan(site, "Serra", MONDAY + 20 * DAY), reception_user, next_on=MONDAY)
    log(recall_plan(site, "Conti", MONDAY + 10 * DAY), reception_user, next_on=MONDAY + DAY)
    assert listed() == ["Serra", "Riva", "Conti"]


def test_who_was_put_off_or_does_not_want_to_come_stands_last(site, reception_user) -> None:
    log(recall_plan(site, "Riva", MONDAY - 20 * DAY), reception_user, next_on=MONDAY + DAY)
    log(recall_plan(site, "Serra", MONDAY - 10 * DAY), reception_user, outcome="declined")
    unwanted = recall_plan(site, "Villa", MONDAY - 5 * DAY)
    mark_do_not_contact(patient=unwanted.patient, reason="Moved away.", by=reception_user, now=NOW)
    recall_plan(site, "Conti", MONDAY + 10 * DAY)
    assert listed() == ["Conti", "Riva", "Serra", "Villa"]


def test_the_list_is_narrowed_by_the_last_outcome_and_by_the_next_attempt(site, reception_user) -> None:
    called = recall_plan(site, "Riva", MONDAY)
    log(called, reception_user, outcome="no-answer")
    log(called, reception_user, outcome="message", next_on=MONDAY)
    recall_plan(site, "Serra", MONDAY)
    assert listed(outcome="message") == ["Riva"]
    assert listed(outcome="no-answer") == []
    assert listed(attempt=NextAttempt.DUE) == ["Riva"]
    assert listed(attempt=NextAttempt.NONE) == ["Serra"]


def test_the_same_press_is_logged_once(site, reception_user) -> None:
    plan, key = recall_plan(site, "Riva", MONDAY), uuid4()
    assert log(plan, reception_user, key=key) == log(plan, reception_user, key=key)
    assert RecallAttempt.objects.count() == 1


@pytest.mark.parametrize(
    "values", [{"outcome": "coming"}, {"channel": "sms"}, {"note": "her son"}, {"next_on": MONDAY}]
)
def test_the_key_of_one_attempt_logs_no_other(site, reception_user, values) -> None:
    plan, key = recall_plan(site, "Riva", MONDAY), uuid4()
    log(plan, reception_user, key=key)
    with pytest.raises(KeyReused):
        log(plan, reception_user, key=key, **values)
    with pytest.raises(KeyReused):
        log(recall_plan(site, "Serra", MONDAY), reception_user, key=key)
    assert RecallAttempt.objects.count() == 1


@pytest.mark.parametrize("state", [PlanState.DRAFT, PlanState.PROPOSED, PlanState.STOPPED, PlanState.COMPLETED])
def test_a_plan_of_which_nothing_is_to_be_asked_has_no_attempt(desk, site, reception_user, state) -> None:
    plan = recall_plan(site, "Riva", MONDAY, state=state)
    with pytest.raises(Refused, match="asked back"):
        log(plan, reception_user)
    page = desk.get(reverse("recall", args=[plan.pk]))
    assert "no recall waits for a slot" in page.content.decode()
    assert 'name="outcome"' not in page.content.decode()


def test_a_cycle_that_is_to_be_repeated_has_attempts(site, doctor_user, reception_user) -> None:
    plan = completed(site, "Riva", doctor_user, MONDAY + 200 * DAY)
    assert log(plan, reception_user).sitting is None


def test_the_next_attempt_is_never_on_a_day_that_is_over(site, reception_user) -> None:
    with pytest.raises(Refused, match="over"):
        log(recall_plan(site, "Riva", MONDAY), reception_user, next_on=MONDAY - DAY)


# Do not contact.


def test_who_is_not_to_be_contacted_stays_listed_is_never_called_and_comes_back_on_being_allowed(
    site, reception_user
) -> None:
    plan = recall_plan(site, "Riva", MONDAY)
    log(plan, reception_user, next_on=MONDAY)
    mark_do_not_contact(patient=plan.patient, reason="Asked not to be called.", by=reception_user, now=NOW)
    (row,) = recall_rows(recalls(today=MONDAY), MONDAY)
    assert (row.not_to_contact, row.call_now) == ("Asked not to be called.", False)
    assert listed(attempt=NextAttempt.DUE) == []
    with pytest.raises(Refused, match="Riva Sofia is not to be contacted: Asked not to be called"):
        log(plan, reception_user)
    allow_contact(patient=plan.patient, by=reception_user)
    assert listed(attempt=NextAttempt.DUE) == ["Riva"]
    assert list(DoNotContact.history.values_list("history_type", flat=True)) == ["-", "+"]


def test_marking_twice_keeps_the_first_reason(patient, reception_user) -> None:
    for reason in ("first", "second"):
        mark_do_not_contact(patient=patient, reason=reason, by=reception_user, now=NOW)
    assert DoNotContact.objects.get().reason == "first"


# The pages.


def test_the_row_says_whom_since_when_and_leads_to_booking_and_logging(desk, site, reception_user) -> None:
    plan = recall_plan(site, "Riva", MONDAY - 9 * DAY)
    log(plan, reception_user, outcome="message", next_on=MONDAY)
    page = desk.get(reverse("recalls")).content.decode()
    words = " ".join(page.split())
    for text in ("1 patient to ask back", "Riva Sofia", "due 9 days ago", "Message left", "next attempt Mon 23 Nov"):
        assert text in words
    assert reverse("book_sitting", args=[plan.sittings.get(number=3).pk]) in page
    assert reverse("recall", args=[plan.pk]) in page


def test_a_row_of_somebody_not_to_be_contacted_offers_no_call(desk, site, reception_user) -> None:
    plan = recall_plan(site, "Riva", MONDAY)
    mark_do_not_contact(patient=plan.patient, reason="Moved away.", by=reception_user, now=NOW)
    page = desk.get(reverse("recalls")).content.decode()
    assert "Moved away." in page
    assert reverse("recall", args=[plan.pk]) not in page
    assert "Moved away." in desk.get(reverse("patient", args=[plan.patient_id])).content.decode()


def test_an_attempt_typed_wrongly_keeps_what_was_typed(desk, site) -> None:
    plan = recall_plan(site, "Riva", MONDAY)
    typed = {
        "key": str(uuid4()),
        "channel": "phone",
        "outcome": "later",
        "note": "after Easter",
        "next_on": "2020-01-01",
    }
    answer = desk.post(reverse("recall", args=[plan.pk]), typed)
    assert answer.status_code == 422
    assert "after Easter" in answer.content.decode()
    assert not RecallAttempt.objects.exists()


def test_an_attempt_is_logged_from_its_page(desk, site, reception_user) -> None:
    plan = recall_plan(site, "Riva", MONDAY)
    typed = {"key": str(uuid4()), "channel": "sms", "outcome": "later", "next_on": "2026-12-01"}
    assert desk.post(reverse("recall", args=[plan.pk]), typed).status_code == 302
    made = RecallAttempt.objects.get()
    assert (made.made_by, made.sitting.number, made.next_on) == (reception_user, 3, date(2026, 12, 1))
    assert "Wants to be asked later" in desk.get(reverse("recall", args=[plan.pk])).content.decode()


@pytest.mark.parametrize(
    ("outcome", "next_on", "expected"),
    [("no-answer", "", MONDAY + DAY), ("message", "2026-12-01", date(2026, 12, 1)), ("declined", "", None)],
)
def test_who_was_not_reached_is_tried_tomorrow_unless_another_day_is_said(
    desk, site, outcome, next_on, expected
) -> None:
    plan = recall_plan(site, "Riva", MONDAY)
    typed = {"key": str(uuid4()), "channel": "phone", "outcome": outcome, "next_on": next_on}
    assert desk.post(reverse("recall", args=[plan.pk]), typed).status_code == 302
    assert RecallAttempt.objects.get().next_on == expected


def test_a_second_attempt_from_one_page_keeps_what_was_typed_and_is_logged_by_pressing_again(desk, site) -> None:
    address = reverse("recall", args=[recall_plan(site, "Riva", MONDAY).pk])
    typed = {"key": str(uuid4()), "channel": "phone", "outcome": "no-answer"}
    assert desk.post(address, typed).status_code == 302
    answer = desk.post(address, typed | {"outcome": "later", "note": "after Easter"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "after Easter" in page
    fresh = re.search(r'name="key" value="([^"]+)"', page)
    assert fresh is not None
    assert fresh[1] != typed["key"]
    assert desk.post(address, typed | {"key": fresh[1], "outcome": "later"}).status_code == 302
    assert RecallAttempt.objects.count() == 2


def test_logging_leads_back_to_where_one_was(desk, site) -> None:
    plan = recall_plan(site, "Riva", MONDAY)
    list_address = reverse("recalls") + "?within=60&attempt=none"
    address = reverse("recall", args=[plan.pk]) + "?" + urlencode({"next": list_address})
    assert address.replace("&", "&amp;") in desk.get(list_address).content.decode()
    typed = {"key": str(uuid4()), "channel": "phone", "outcome": "no-answer"}
    assert desk.post(address, typed).url == list_address
    elsewhere = reverse("recall", args=[plan.pk]) + "?next=https://example.com/"
    assert desk.post(elsewhere, typed | {"key": str(uuid4())}).url == reverse("recalls")


@pytest.mark.parametrize("query", [{"within": "x"}, {"outcome": "zzz"}, {"outcome": "\x00"}, {"attempt": "9" * 99}])
def test_a_filter_that_is_no_choice_is_said_and_counts_as_left_out(desk, site, query) -> None:
    recall_plan(site, "Riva", MONDAY)
    answer = desk.get(reverse("recalls"), query)
    assert answer.status_code == 422
    assert "field-error" in answer.content.decode()
    assert "Riva" in answer.content.decode()


def test_the_list_is_as_of_the_day_of_its_site(desk, site, reception_user) -> None:
    Site.objects.update(time_zone="America/New_York")
    with time_machine.travel(NOW - timedelta(hours=3), tick=False):  # still Sunday there
        plan = recall_plan(site, "Riva", MONDAY + 29 * DAY)
        log(plan, reception_user, now=timezone.now())
        page = " ".join(desk.get(reverse("recalls")).content.decode().split())
        form = desk.get(reverse("recall", args=[plan.pk])).content.decode()
    assert "due in 30 days" in page
    assert "· 22 Nov ·" in page
    assert 'min="2026-11-22"' in form


def test_reception_marks_and_allows_again_on_the_patients_page(desk, patient) -> None:
    address = reverse("do_not_contact", args=[patient.pk])
    assert desk.post(address, {"reason": " "}).status_code == 422
    desk.post(address, {"reason": "Prefers letters."})
    assert "Prefers letters." in desk.get(reverse("patient", args=[patient.pk])).content.decode()
    desk.post(reverse("contact_again", args=[patient.pk]))
    assert not DoNotContact.objects.exists()


def test_a_doctor_sets_from_when_a_cycle_is_repeated(client, site, doctor_user) -> None:
    client.force_login(doctor_user)
    address = reverse("plan_repeat", args=[recall_plan(site, "Riva", MONDAY).pk])
    assert client.post(address, {"due": "soon", "version": "0"}).status_code == 422
    assert client.post(address, {"due": "2027-05-03"}).status_code == 422
    for _press in range(2):
        assert client.post(address, {"due": "2027-05-03", "version": "0"}).status_code == 302
    assert "2027-05-03" in client.get(address).content.decode()
    assert CycleRepeat.history.count() == 1


def test_two_doctors_who_set_the_day_see_both_and_neither_loses(client, site, doctor_user) -> None:
    client.force_login(doctor_user)
    plan = recall_plan(site, "Riva", MONDAY)
    address = reverse("plan_repeat", args=[plan.pk])
    repeat_cycle_from(plan=plan, due=MONDAY, by=doctor_user)
    answer = client.post(address, {"due": "2027-05-03", "version": "0"})
    assert answer.status_code == 409
    page = answer.content.decode()
    for text in ("23 Nov", "3 May", 'value="2027-05-03"', 'name="version" value="1"', "Save mine over it"):
        assert text in page
    assert CycleRepeat.objects.get().due == MONDAY
    assert client.post(address, {"due": "2027-05-03", "version": "1"}).status_code == 302
    assert CycleRepeat.objects.get().due == date(2027, 5, 3)


def test_the_list_and_the_log_ask_the_same_for_one_and_for_many(desk, site, reception_user) -> None:
    def asked(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert desk.get(address).status_code == 200
        return len(queries)

    plan = recall_plan(site, "Riva", MONDAY)
    log(plan, reception_user)
    addresses = (reverse("recalls"), reverse("recall", args=[plan.pk]))
    one = [asked(address) for address in addresses]
    for n in range(30):
        log(plan, reception_user)
        other = recall_plan(site, f"Altri{n}", MONDAY)
        log(other, reception_user)
        mark_do_not_contact(patient=other.patient, reason="x", by=reception_user, now=NOW)
    assert [asked(address) for address in addresses] == one
    assert max(one) <= 10


def test_the_rail_counts_them_without_a_question_of_its_own(site, django_assert_num_queries) -> None:
    recall_plan(site, "Riva", MONDAY)
    with django_assert_num_queries(1):
        assert rail_counts(reviews=False, calls_on=MONDAY) == {"to_book": 1, "recalls": 1, "waiting_list": 0}


def test_the_spans_to_choose_from_speak_the_language_of_the_reader():
    for language, words in (("it", "7 giorni"), ("en", "7 days")):
        with override(language):
            assert RecallFilter({}).fields["within"].choices[0][1] == words
