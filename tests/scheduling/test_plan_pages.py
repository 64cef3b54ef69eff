"""The pages of plans: new, edit, preview, the plan itself, its steps, the review list."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from patients.models import Patient
from scheduling.models import Area, PlanState, Protocol, TreatmentPlan
from tests.scheduling.planned import approved, booked, documented, filled, given, make_plan

pytestmark = pytest.mark.django_db
SECRET = "Oedematous fibrosclerotic panniculopathy"


def next_monday() -> date:
    today = timezone.localdate()
    return today + timedelta(days=7 - today.weekday())


@pytest.fixture
def doctor(client, doctor_user, practitioner):
    client.force_login(doctor_user)
    return client


@pytest.fixture
def plan(patient, site, reception_user, practitioner):
    return make_plan(patient=patient, site=site, by=reception_user, prescriber=practitioner, start=next_monday())


def new_url(patient, protocol) -> str:
    return f"{reverse('plan_new')}?patient={patient.pk}&protocol={protocol.pk}"


def preview_url(patient, protocol) -> str:
    return f"{reverse('plan_preview')}?patient={patient.pk}&protocol={protocol.pk}"


def typed(site, **changes) -> dict[str, object]:
    """What a browser sends for the cellulite protocol as its source states it."""
    form = {
        "site": site.pk,
        "start_date": next_monday().isoformat(),
        "practitioner": "",
        "prescriber": "",
        "technique": "nappage",
        "delivery": "manual",
        "indication": "pefs",
        "diagnosis": SECRET,
        "reason": "",
        "phase-1-count": 6,
        "phase-1-every": 1,
        "phase-1-unit": "month",
        "phase-2-count": 10,
        "phase-2-every": 15,
        "phase-2-unit": "day",
        "phase-3-count": 12,
        "phase-3-every": 1,
        "phase-3-unit": "month",
        f"area-{Area.objects.get(code='thighs').pk}": "on",
        f"extent-{Area.objects.get(code='thighs').pk}": "large",
    }
    return {**form, **changes}


@pytest.fixture
def cellulite(db) -> Protocol:
    return documented("cellulite-three-phase")


# Choosing whom and what for


def test_a_new_plan_begins_with_the_patient(reception, patient):
    page = reception.get(reverse("plan_new"), {"q": "greco"})
    assert f"{reverse('plan_new')}?patient={patient.pk}" in page.content.decode()


def test_then_the_protocol_is_chosen_with_its_source_and_unapproved_ones_are_marked(reception, patient, cellulite):
    page = reception.get(reverse("plan_new"), {"patient": patient.pk}).content.decode()
    assert cellulite.source_title in page
    assert page.count("not approved yet") == Protocol.objects.filter(approved_at=None).count() == 4


@pytest.mark.parametrize("name", ["patient", "protocol", "plan"])
@pytest.mark.parametrize("value", ["999999", "99999999999999999999", "x", "-1", "\x00"])
def test_ids_of_nothing_are_not_found(reception, site, name, value):
    assert reception.get(reverse("plan_new"), {name: value}).status_code == 404


@pytest.mark.parametrize("typed_name", ["x" * 10_000, "a\x00b"])
def test_a_search_nobody_would_type_is_answered_with_a_message(reception, typed_name):
    page = reception.get(reverse("plan_new"), {"q": typed_name})
    assert page.status_code == 422
    assert "field-error" in page.content.decode()


def test_a_retired_protocol_is_not_offered_to_a_new_plan(reception, patient, site, cellulite):
    Protocol.objects.filter(pk=cellulite.pk).update(retired=True)
    assert reception.get(new_url(patient, cellulite)).status_code == 404


def test_without_a_site_a_plan_says_who_can_help(reception, patient, cellulite):
    page = reception.get(new_url(patient, cellulite), follow=True)
    assert "no site yet" in page.content.decode()


# The form


def test_the_form_offers_what_the_source_states(doctor, patient, site, cellulite, practitioner):
    page = doctor.get(new_url(patient, cellulite))
    form = page.context["sheet"]
    assert [part["count"].value() for part in form.phases] == [6, 10, 12]
    assert form.head["prescriber"].value() == practitioner.pk
    assert "The source: every 15 days." in page.content.decode()


def test_the_form_leaves_empty_what_the_source_does_not_say(doctor, patient, site):
    page = doctor.get(new_url(patient, documented("supported-course")))
    first = page.context["sheet"].phases[0]
    assert [first[name].value() for name in ("every", "unit")] == [None, ""]
    assert first.fields["every"].help_text == "The source does not say."


def test_cadences_the_source_leaves_to_choose_are_a_choice(doctor, patient, site):
    page = doctor.get(new_url(patient, documented("stabilised-cycle")))
    second = page.context["sheet"].phases[1]
    assert second.fields["cadence"].choices == [("14-day", "14 days"), ("1-month", "1 month")]


def test_the_first_start_offered_is_a_day_the_site_opens(doctor, patient, site, cellulite):
    start = doctor.get(new_url(patient, cellulite)).context["sheet"].head["start_date"].value()
    assert start > timezone.localdate()
    assert start.weekday() != 6


def test_the_breast_is_shown_with_the_reason_and_cannot_be_ticked(doctor, patient, site, cellulite):
    page = doctor.get(new_url(patient, cellulite)).content.decode()
    breasts = Area.objects.get(code="breasts")
    assert f'name="area-{breasts.pk}"' not in page
    assert "Never injected" in page


def test_a_plan_is_saved_with_its_sittings(doctor, doctor_user, patient, site, cellulite):
    answer = doctor.post(new_url(patient, cellulite), typed(site))
    plan = TreatmentPlan.objects.get()
    assert answer.url == reverse("plan", args=[plan.pk])
    assert (plan.sittings.count(), plan.state, plan.created_by) == (28, "draft", doctor_user)
    assert (plan.diagnosis, plan.minutes) == (SECRET, 20)


def test_save_and_propose_puts_it_before_the_doctor(reception, patient, site, cellulite):
    reception.post(new_url(patient, cellulite), typed(site, propose="1"))
    assert TreatmentPlan.objects.get().state == PlanState.PROPOSED


def test_days_left_empty_are_the_products_own_by_the_cadence(doctor, patient, site, cellulite):
    doctor.post(new_url(patient, cellulite), typed(site))
    days = list(TreatmentPlan.objects.get().phases.values_list("early", "late", "minimum_gap"))
    assert days == [(5, 7, 15), (3, 4, 8), (5, 7, 15)]


def test_days_typed_are_kept(doctor, patient, site, cellulite):
    doctor.post(new_url(patient, cellulite), typed(site, **{"phase-1-early": 0, "phase-1-late": 2}))
    first = TreatmentPlan.objects.get().phases.first()
    assert (first.early, first.late) == (0, 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("start_date", ""),
        ("start_date", "0001-01-01"),
        ("start_date", "9999-12-31"),
        ("start_date", "2026-02-30"),
        ("start_date", "2020-02-29"),
        ("start_date", "soon\x00"),
        ("practitioner", "99999999999999999999"),
        ("prescriber", "x"),
        ("technique", "acupuncture"),
        ("delivery", ""),
        ("indication", "boredom"),
        ("diagnosis", "x" * 10_000),
        ("diagnosis", "a\x00b"),
        ("reason", "x" * 10_000),
        ("phase-1-count", ""),
        ("phase-1-count", "0"),
        ("phase-1-count", "61"),
        ("phase-1-count", "six"),
        ("phase-1-every", "367"),
        ("phase-1-every", "1.5"),
        ("phase-1-unit", "year"),
        ("phase-2-early", "-1"),
        ("phase-2-late", "99999999999999999999"),
        ("phase-2-minimum_gap", "300"),
    ],
)
def test_a_wrong_value_is_told_beside_its_field_and_what_was_typed_is_kept(
    doctor, patient, site, cellulite, field, value
):
    page = doctor.post(new_url(patient, cellulite), typed(site, **{field: value}))
    assert page.status_code == 422
    assert "is-invalid" in page.content.decode()
    sheet = page.context["sheet"]
    prefix, _, name = field.rpartition("-")
    form = sheet.phases[int(prefix[-1]) - 1] if prefix else sheet.head
    assert name in form.errors
    assert sheet.phases[2]["count"].value() == "12"
    assert not TreatmentPlan.objects.exists()


def test_a_site_that_is_not_there_is_told_although_its_only_field_is_hidden(doctor, patient, site, cellulite):
    page = doctor.post(new_url(patient, cellulite), {**typed(site), "site": "999999"})
    assert page.status_code == 422
    assert str(page.context["sheet"].head.errors["site"][0]) in page.content.decode()


def test_a_past_start_is_refused(doctor, patient, site, cellulite):
    yesterday = timezone.localdate() - timedelta(days=1)
    page = doctor.post(new_url(patient, cellulite), typed(site, start_date=yesterday.isoformat()))
    assert "in the past" in str(page.context["sheet"].head.errors["start_date"])


def test_a_forged_breast_area_is_refused_with_the_reason(doctor, patient, site, cellulite):
    breasts = Area.objects.get(code="breasts")
    page = doctor.post(new_url(patient, cellulite), typed(site, **{f"area-{breasts.pk}": "on"}))
    assert page.status_code == 422
    assert "Never injected" in str(page.context["sheet"].areas.non_field_errors())


def test_a_practitioner_who_does_not_work_at_the_site_is_refused(doctor, patient, site, cellulite, practitioner):
    practitioner.sites.clear()
    page = doctor.post(new_url(patient, cellulite), typed(site, practitioner=practitioner.pk))
    assert "does not work" in str(page.context["sheet"].head.errors["practitioner"])


def test_leaving_the_source_without_a_reason_says_which_sentence_is_left(doctor, patient, site, cellulite):
    changes = {"phase-1-count": 3}
    page = doctor.post(new_url(patient, cellulite), typed(site, **changes))
    assert page.status_code == 422
    assert "the source says 6" in str(page.context["sheet"].head.errors["reason"])
    doctor.post(new_url(patient, cellulite), typed(site, reason="thin skin", **changes))
    assert TreatmentPlan.objects.get().reason == "thin skin"


def test_markup_typed_is_shown_as_it_was_typed(doctor, patient, site, cellulite):
    page = doctor.post(new_url(patient, cellulite), typed(site, diagnosis="<script>alert(1)</script>"), follow=True)
    assert "<script>alert(1)" not in page.content.decode()
    assert "&lt;script&gt;alert(1)" in page.content.decode()


# The preview


def test_the_preview_shows_every_sitting_with_its_window(doctor, patient, site, cellulite):
    page = doctor.post(preview_url(patient, cellulite), typed(site), headers={"HX-Request": "true"})
    preview = page.context["preview"]
    assert len(preview.rows) == 28
    assert preview.minutes == 20
    assert "<html" not in page.content.decode()
    assert not TreatmentPlan.objects.exists()


def test_the_preview_says_what_is_wanting_instead_of_failing(doctor, patient, site):
    page = doctor.post(preview_url(patient, documented("supported-course")), {}, headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert "Induction, Sittings" in page.content.decode()


def test_the_preview_says_where_the_source_is_left(doctor, patient, site, cellulite):
    changed = typed(site, **{"phase-1-count": 3})
    page = doctor.post(preview_url(patient, cellulite), changed, headers={"HX-Request": "true"})
    assert "the source says 6" in page.content.decode()


def test_the_preview_tells_dates_beyond_the_calendar(doctor, patient, site, cellulite):
    far = {"phase-1-count": 60, "phase-1-every": 366, "phase-2-every": 366, "phase-2-unit": "month"}
    changed = typed(site, **far, **{"phase-2-count": 60, "phase-3-every": 366, "phase-3-count": 60})
    changed |= {"phase-1-minimum_gap": 60, "phase-2-minimum_gap": 60, "phase-3-minimum_gap": 60}
    page = doctor.post(preview_url(patient, cellulite), changed, headers={"HX-Request": "true"})
    assert page.status_code == 200


def test_without_a_script_show_dates_answers_with_the_whole_form_as_typed(doctor, patient, site, cellulite):
    page = doctor.post(preview_url(patient, cellulite), typed(site, reason="as typed"))
    assert "as typed" in page.content.decode()
    assert len(page.context["preview"].rows) == 28
    assert not TreatmentPlan.objects.exists()


def test_31_january_keeps_the_last_day_of_each_month(doctor, patient, site, cellulite):
    year = timezone.localdate().year + 1
    page = doctor.post(preview_url(patient, cellulite), typed(site, start_date=f"{year}-01-31"))
    ideals = [row.ideal for row in page.context["preview"].rows[:4]]
    assert [day.month for day in ideals] == [1, 2, 3, 4]
    assert (ideals[1] + timedelta(days=1)).day == 1
    assert ideals[2].day == 31


@pytest.mark.parametrize("query", ["", "?patient=999999&protocol=1", "?plan=999999", "?plan=x"])
def test_a_preview_of_nothing_is_not_found(doctor, site, query):
    assert doctor.post(reverse("plan_preview") + query, {}).status_code == 404


# Editing


def test_a_draft_is_edited(doctor, plan, site):
    page = doctor.get(reverse("plan_edit", args=[plan.pk]))
    assert page.context["sheet"].phases[0]["count"].value() == 6
    doctor.post(reverse("plan_edit", args=[plan.pk]), typed(site, version=1, technique="epidermal"))
    assert TreatmentPlan.objects.get().technique == "epidermal"


def test_an_edit_over_somebody_elses_shows_both_and_the_next_save_replaces_knowingly(doctor, plan, site):
    TreatmentPlan.objects.filter(pk=plan.pk).update(version=2, technique="epidermal")
    page = doctor.post(reverse("plan_edit", args=[plan.pk]), typed(site, version=1))
    assert page.status_code == 409
    technique = next(line for line in page.context["differences"] if line.label == "Technique")
    assert (technique.saved, technique.typed) == ("epidermal", "nappage")
    assert 'name="version" value="2"' in page.content.decode()
    doctor.post(reverse("plan_edit", args=[plan.pk]), typed(site, version=2))
    assert TreatmentPlan.objects.get().technique == "nappage"


@pytest.mark.parametrize("version", ["", "0", "x", "99999999999999999999"])
def test_an_edit_without_the_version_seen_is_refused(doctor, plan, site, version):
    answer = doctor.post(reverse("plan_edit", args=[plan.pk]), typed(site, version=version))
    assert answer.status_code == 422


def test_an_approved_plan_cannot_be_edited(doctor, doctor_user, plan, site):
    plan = approved(plan, doctor_user)
    assert doctor.get(reverse("plan_edit", args=[plan.pk])).url == reverse("plan", args=[plan.pk])
    answer = doctor.post(reverse("plan_edit", args=[plan.pk]), typed(site, version=plan.version))
    assert answer.status_code == 422
    assert "can no longer be edited" in answer.content.decode()


# What reception never sees


def test_reception_never_reads_the_diagnosis(reception, patient, plan, site):
    TreatmentPlan.objects.filter(pk=plan.pk).update(version=2)
    answers = [
        reception.get(reverse("plan", args=[plan.pk])),
        reception.get(reverse("plan_edit", args=[plan.pk])),
        reception.get(reverse("patient", args=[patient.pk])),
        reception.post(reverse("plan_preview") + f"?plan={plan.pk}", {}),
        reception.post(reverse("plan_edit", args=[plan.pk]), typed(site, version=1, diagnosis="mine")),
        reception.post(reverse("plan_propose", args=[plan.pk]), {"version": 1}),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 409, 409]
    for answer in answers:
        body = answer.content.decode()
        assert SECRET not in body
        assert "PEFS" not in body


def test_reception_never_changes_the_diagnosis(reception, plan, site):
    answer = reception.post(
        reverse("plan_edit", args=[plan.pk]), typed(site, version=1, diagnosis="mine", indication="wrinkles")
    )
    assert answer.status_code == 302
    stored = TreatmentPlan.objects.get()
    assert (stored.diagnosis, stored.indication) == (SECRET, "pefs")


def form_key_on(page) -> str:
    return re.search(r'name="form_key" value="([^"]+)"', page.content.decode())[1]


def test_the_form_of_a_new_plan_sent_again_writes_the_same_plan(doctor, patient, site, cellulite):
    url = new_url(patient, cellulite)
    sent = typed(site, form_key=form_key_on(doctor.get(url)), version=1)
    first = doctor.post(url, sent)
    plan = TreatmentPlan.objects.get()
    for _again in range(3):
        assert doctor.post(url, sent).url == first.url == reverse("plan", args=[plan.pk])
    later = next_monday() + timedelta(days=7)
    told = doctor.post(url, {**sent, "start_date": later.isoformat()})
    assert told.status_code == 409, "the second press saved it as version 2"
    assert reverse("plan_edit", args=[plan.pk]) in told.content.decode()
    doctor.post(url, {**sent, "start_date": later.isoformat(), "version": 2})
    plan.refresh_from_db()
    assert (TreatmentPlan.objects.count(), plan.start_date) == (1, later)


def test_each_new_form_is_another_plan_and_what_was_typed_keeps_its_key(doctor, patient, site, cellulite):
    url = new_url(patient, cellulite)
    key = form_key_on(doctor.get(url))
    wrong = doctor.post(url, typed(site, form_key=key, start_date="soon"))
    assert (wrong.status_code, form_key_on(wrong)) == (422, key)
    assert form_key_on(doctor.post(preview_url(patient, cellulite), typed(site, form_key=key))) == key
    for each in (key, form_key_on(doctor.get(url)), "nothing"):
        assert doctor.post(url, typed(site, form_key=each)).status_code == 302
    assert TreatmentPlan.objects.count() == 3


def test_a_new_plan_by_reception_has_no_diagnosis(reception, patient, site, cellulite):
    reception.post(new_url(patient, cellulite), typed(site))
    assert TreatmentPlan.objects.get().diagnosis == ""


def test_the_administrator_reads_no_diagnosis_and_takes_no_step(client, administrator_user, plan):
    client.force_login(administrator_user)
    page = client.get(reverse("plan", args=[plan.pk])).content.decode()
    assert SECRET not in page
    assert reverse("plan_propose", args=[plan.pk]) not in page
    assert client.post(reverse("plan_propose", args=[plan.pk]), {"version": 1}).status_code == 403


def test_the_doctor_reads_the_diagnosis(doctor, plan):
    assert SECRET in doctor.get(reverse("plan", args=[plan.pk])).content.decode()


# The plan's page and its steps


def test_the_page_shows_the_story_of_every_sitting(reception, plan, doctor_user, practitioner, room):
    plan = approved(plan, doctor_user)
    first = booked(plan, 1, practitioner, room, next_monday() + timedelta(days=2), doctor_user)
    page = reception.get(reverse("plan", args=[plan.pk]))
    row = page.context["page"].rows[0]
    assert (row.drift, row.slot.practitioner, row.slot.room, row.slot.starts.hour) == ("+2", "Dr Bianchi", "Room 1", 10)
    body = page.content.decode()
    assert reverse("book_sitting", args=[plan.sittings.get(number=2).pk]) in body
    assert reverse("book_sitting", args=[first.pk]) not in body
    assert "Book the rest · 27" in body


def test_the_figures_count_what_was_kept_and_the_mean_drift(reception, plan, doctor_user):
    plan = approved(plan, doctor_user)
    first, second = plan.sittings.order_by("number")[:2]
    given(first, first.ideal + timedelta(days=1))
    given(second, second.latest + timedelta(days=2))
    progress = reception.get(reverse("plan", args=[plan.pk])).context["page"].progress
    drift = (1 + (second.latest - second.ideal).days + 2) / 2
    assert (progress.completed, progress.kept, progress.mean_drift) == (2, 1, drift)


def test_nothing_is_offered_to_book_before_the_plan_is_approved(reception, plan):
    body = reception.get(reverse("plan", args=[plan.pk])).content.decode()
    assert "Find a slot" not in body
    assert reverse("book_cycle", args=[plan.pk]) not in body


def test_the_history_says_who_did_what(doctor, doctor_user, plan):
    doctor.post(reverse("plan_propose", args=[plan.pk]), {"version": 1})
    doctor.post(reverse("plan_approve", args=[plan.pk]), {"version": 2})
    events = doctor.get(reverse("plan", args=[plan.pk])).context["history"]
    assert [event.what for event in events] == ["Approved", "Proposed to the doctor", "Plan made"]
    assert events[0].who == str(doctor_user)


def test_the_history_still_tells_the_steps_of_a_plan_with_many_bookings(doctor, doctor_user, plan, practitioner, room):
    plan = approved(plan, doctor_user)
    for sitting in plan.sittings.all()[:22]:
        booked(plan, sitting.number, practitioner, room, sitting.ideal, doctor_user)
    events = doctor.get(reverse("plan", args=[plan.pk])).context["history"]
    assert [event.what for event in events] == ["Running", "Approved", "Proposed to the doctor", "Plan made"]


def test_from_draft_to_paused_and_back_by_the_buttons(doctor, plan):
    seen = []
    for step in ("propose", "return", "propose", "approve", "pause", "resume", "stop"):
        version = TreatmentPlan.objects.get().version
        answer = doctor.post(reverse(f"plan_{step}", args=[plan.pk]), {"version": version, "reason": "moves abroad"})
        assert answer.status_code == 302
        seen.append(TreatmentPlan.objects.get().state)
    assert seen == ["proposed", "draft", "proposed", "approved", "paused", "approved", "stopped"]


def test_a_step_that_is_not_allowed_is_told_with_a_sentence(doctor, plan):
    answer = doctor.post(reverse("plan_pause", args=[plan.pk]), {"version": 1})
    assert answer.status_code == 422
    assert "cannot become" in answer.content.decode()


def test_stopping_without_a_reason_is_told(doctor, plan):
    answer = doctor.post(reverse("plan_stop", args=[plan.pk]), {"version": 1, "reason": ""})
    assert answer.status_code == 422
    assert "Write why" in answer.content.decode()


def test_a_step_on_a_plan_that_changed_meanwhile_shows_it_as_it_stands(doctor, plan):
    TreatmentPlan.objects.update(version=5)
    answer = doctor.post(reverse("plan_propose", args=[plan.pk]), {"version": 1})
    assert answer.status_code == 409
    assert 'value="5"' in answer.content.decode()


@pytest.mark.parametrize(
    "bad", [{}, {"version": "x"}, {"version": 1, "reason": "x" * 10_000}, {"version": 1, "reason": "\x00"}]
)
def test_a_step_with_garbage_is_refused(doctor, plan, bad):
    assert doctor.post(reverse("plan_stop", args=[plan.pk]), bad).status_code == 422
    assert TreatmentPlan.objects.get().state == "draft"


@pytest.mark.parametrize("step", ["approve", "return", "stop"])
def test_only_a_doctor_approves_gives_back_and_stops(reception, plan, step):
    answer = reception.post(reverse(f"plan_{step}", args=[plan.pk]), {"version": 1, "reason": "x"})
    assert answer.status_code == 403


@pytest.mark.parametrize("step", ["propose", "approve", "return", "stop", "pause", "resume"])
def test_steps_are_taken_only_by_pressing_a_button(doctor, plan, step):
    assert doctor.get(reverse(f"plan_{step}", args=[plan.pk])).url == reverse("plan", args=[plan.pk])
    assert TreatmentPlan.objects.get().state == "draft"
    assert doctor.post(reverse(f"plan_{step}", args=[999_999]), {"version": 1}).status_code == 404


def test_pages_of_no_plan_are_not_found(doctor, site):
    assert doctor.get(reverse("plan", args=[999_999])).status_code == 404
    assert doctor.get(reverse("plan_edit", args=[10**18])).status_code == 404


@pytest.mark.parametrize("name", ["plan_new", "review"])
def test_pages_need_a_login(client, db, name):
    assert client.get(reverse(name)).status_code == 302


# The review list


def proposed_plans(count: int, site, by, practitioner) -> None:
    for index in range(count):
        person = Patient.objects.create(
            surname=f"Rossi {index}", given_name="Ada", birth_date=date(1980, 1, 1), sex="F"
        )
        protocol = documented("supported-course")
        phases = filled(protocol, count=7)[:1]
        plan = make_plan(
            patient=person, site=site, by=by, prescriber=practitioner, key="supported-course", phases=phases
        )
        TreatmentPlan.objects.filter(pk=plan.pk).update(
            state="proposed", proposed_at=timezone.now() - timedelta(days=count - index)
        )


def test_the_review_list_has_the_oldest_first_and_approves(doctor, site, reception_user, practitioner):
    proposed_plans(3, site, reception_user, practitioner)
    page = doctor.get(reverse("review"))
    plans = list(page.context["plans"])
    assert [plan.patient.surname for plan in plans] == ["Rossi 0", "Rossi 1", "Rossi 2"]
    assert plans[0].count == 7
    answer = doctor.post(reverse("plan_approve", args=[plans[0].pk]), {"version": plans[0].version, "next": "review"})
    assert answer.url == reverse("review")
    assert len(doctor.get(reverse("review")).context["plans"]) == 2


def test_an_empty_review_list_says_so(doctor):
    assert "No plan waits for a doctor" in doctor.get(reverse("review")).content.decode()


def test_the_review_list_is_the_doctors(reception):
    assert reception.get(reverse("review")).status_code == 403


# Speed


def queries_of(client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_the_review_list_costs_the_same_for_1_and_50_plans(doctor, site, reception_user, practitioner):
    proposed_plans(1, site, reception_user, practitioner)
    one = queries_of(doctor, reverse("review"))
    proposed_plans(49, site, reception_user, practitioner)
    assert queries_of(doctor, reverse("review")) == one <= 12


def test_a_plan_costs_the_same_for_1_and_28_sittings(doctor, doctor_user, patient, site, plan, practitioner, room):
    short = filled(documented("supported-course"), count=1)[:1]
    small = make_plan(
        patient=patient,
        site=site,
        by=doctor_user,
        prescriber=practitioner,
        key="supported-course",
        phases=short,
        reason="one only",
    )
    approved(small, doctor_user)
    plan = approved(plan, doctor_user)
    for number in (1, 2, 3):
        sitting = plan.sittings.get(number=number)
        booked(plan, number, practitioner, room, sitting.ideal, doctor_user)
    one = queries_of(doctor, reverse("plan", args=[small.pk]))
    assert queries_of(doctor, reverse("plan", args=[plan.pk])) == one <= 15


def test_the_form_of_a_plan_costs_a_fixed_number_of_queries(doctor, patient, site, cellulite):
    assert queries_of(doctor, new_url(patient, cellulite)) <= 24


def test_the_doctor_chooses_what_follows_and_how_many_days_to_keep_apart(doctor, patient, site, cellulite):
    doctor.post(new_url(patient, cellulite), typed(site, follow="re-anchor", keep_apart=5))
    plan = patient.plans.get()
    assert (plan.follow, plan.keep_apart) == ("re-anchor", 5)


@pytest.mark.parametrize("emptied", [{"follow": "", "keep_apart": ""}, {}])
def test_left_empty_the_protocols_rule_and_the_products_own_days_stand(doctor, patient, site, cellulite, emptied):
    doctor.post(new_url(patient, cellulite), typed(site, **emptied))
    plan = patient.plans.get()
    assert (plan.follow, plan.keep_apart) == ("keep-targets", 3)


@pytest.mark.parametrize("days", ["0", "61", "-1", "three", "9" * 30])
def test_days_to_keep_apart_that_make_no_sense_are_refused_beside_the_field(doctor, patient, site, cellulite, days):
    response = doctor.post(new_url(patient, cellulite), typed(site, keep_apart=days))
    assert response.status_code == 422
    assert "id_keep_apart" in response.content.decode()
    assert not patient.plans.exists()
