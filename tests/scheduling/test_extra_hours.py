"""Extra hours: who may open them, what they open, and a cycle booked in them from the page that offered them."""

from datetime import date, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic.roles import Role
from scheduling.engine.terms import Blocked, OpenedHours, WayOutKind
from scheduling.models import Absence, Closure, ExtraHours, Practitioner, Site, WorkingHours
from scheduling.selectors.board import board_of
from scheduling.selectors.cycles import Wishes
from scheduling.selectors.diary import read_diary
from scheduling.services.extra_hours import open_extra
from scheduling.services.proposing import book_proposal, propose_cycle
from scheduling.services.refusals import Refused, SlotTaken
from tests.conftest import make_practitioner, make_user
from tests.scheduling.booking_data import MONDAY, NOW, at, make_plan

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SATURDAY = MONDAY + 5 * DAY
SUNDAY = SATURDAY + DAY


@pytest.fixture
def plan(patient, site, practitioner, room, doctor_user):
    """Three weekly sittings, of which the second has only a Saturday: all else of its window is lost."""
    Absence.objects.create(practitioner=practitioner, starts=at(MONDAY + DAY, 0), ends=at(SATURDAY, 0))
    Absence.objects.create(practitioner=practitioner, starts=at(SUNDAY, 0), ends=at(SUNDAY + 5 * DAY, 0))
    return make_plan(patient, site, doctor_user, counts=[3], practitioner=practitioner)


@pytest.fixture
def desk(clock, desk: Client) -> Client:
    """Reception, on that Monday."""
    return desk


def opened_by(by, practitioner, site, day: date = SATURDAY, starts: time = time(9), ends: time = time(13)):
    return open_extra(practitioner=practitioner, site=site, day=day, starts=starts, ends=ends, by=by, now=NOW)


def minutes_of(site, practitioner, day: date) -> int:
    diary = read_diary(site=site, first=day, last=day, now=NOW)
    return diary.hours.get(practitioner.pk, {}).get(day.toordinal(), 0).bit_count() * site.grid_minutes


def test_a_doctor_opens_hours_of_their_own_and_the_history_says_who(site, practitioner, doctor_user) -> None:
    extra = opened_by(doctor_user, practitioner, site)
    assert (extra.day, extra.starts, extra.ends) == (SATURDAY, time(9), time(13))
    assert extra.history.get().history_user == doctor_user
    assert minutes_of(site, practitioner, SATURDAY) == 240


def test_an_administrator_opens_anybodys_and_nobody_else_does(site, practitioner, reception_user) -> None:
    colleague = make_practitioner("Dr Neri", site)
    for by in (reception_user, colleague.user):
        with pytest.raises(Refused, match="Only an administrator or Dr Bianchi can open these hours"):
            opened_by(by, practitioner, site)
    opened_by(make_user("boss", Role.ADMINISTRATOR), practitioner, site)
    assert ExtraHours.objects.count() == 1


def test_opening_twice_opens_once(site, practitioner, doctor_user) -> None:
    first = opened_by(doctor_user, practitioner, site)
    assert opened_by(doctor_user, practitioner, site) == first
    assert opened_by(doctor_user, practitioner, site, starts=time(10), ends=time(11)) == first
    assert ExtraHours.objects.count() == 1


def test_opening_longer_hours_prolongs_those_that_start_alike(site, practitioner, doctor_user) -> None:
    opened_by(doctor_user, practitioner, site)
    opened_by(doctor_user, practitioner, site, ends=time(15))
    assert ExtraHours.objects.get().ends == time(15)


def test_a_day_that_is_over_is_not_opened(site, practitioner, doctor_user) -> None:
    with pytest.raises(Refused, match="is over"):
        opened_by(doctor_user, practitioner, site, day=MONDAY - DAY)


@pytest.mark.parametrize("lost", ["absence", "closure", "holiday"])
def test_time_lost_all_the_same_is_not_opened(site, practitioner, doctor_user, lost) -> None:
    day = date(2026, 12, 26) if lost == "holiday" else SATURDAY
    if lost == "absence":
        Absence.objects.create(practitioner=practitioner, starts=at(day, 0), ends=at(day + DAY, 0))
    if lost == "closure":
        Closure.objects.create(site=site, starts=at(day, 8), ends=at(day, 14))
    with pytest.raises(Refused, match="nothing was opened"):
        opened_by(doctor_user, practitioner, site, day=day)
    assert not ExtraHours.objects.exists()


@pytest.mark.parametrize("weekly", [True, False])
def test_who_works_at_another_site_then_opens_nothing_here(site, practitioner, doctor_user, weekly) -> None:
    elsewhere = Site.objects.create(name="Studio Trieste")
    span = {"practitioner": practitioner, "site": elsewhere, "starts": time(12), "ends": time(16)}
    if weekly:
        WorkingHours.objects.create(weekday=SATURDAY.weekday(), valid_from=date(2020, 1, 1), **span)
    else:
        ExtraHours.objects.create(day=SATURDAY, **span)
    with pytest.raises(Refused, match="works at another site"):
        opened_by(doctor_user, practitioner, site)


def test_extra_hours_count_outside_the_opening_hours_and_only_on_their_day(site, practitioner, doctor_user) -> None:
    opened_by(doctor_user, practitioner, site, day=SUNDAY, starts=time(6), ends=time(7))
    assert minutes_of(site, practitioner, SUNDAY) == 60
    assert minutes_of(site, practitioner, SUNDAY + 7 * DAY) == 0


def test_extra_hours_of_somebody_who_works_then_already_add_to_theirs(site, practitioner, doctor_user) -> None:
    opened_by(doctor_user, practitioner, site, day=MONDAY, starts=time(17), ends=time(19))
    assert minutes_of(site, practitioner, MONDAY) == 600


def test_extra_hours_need_no_query_more(site, practitioner, django_assert_num_queries) -> None:
    for many in (0, 1, 20):
        for week in range(many):
            day = SATURDAY + 7 * (many + week) * DAY
            ExtraHours.objects.create(practitioner=practitioner, site=site, day=day, starts=time(9), ends=time(13))
        with django_assert_num_queries(5):
            read_diary(site=site, first=MONDAY, last=MONDAY + 200 * DAY, now=NOW)


def test_the_board_shows_extra_hours_as_open_time(site, practitioner, room, doctor_user) -> None:
    def off() -> list[str]:
        (lane,) = board_of(site, SATURDAY, NOW, ()).lanes
        return [band.label for band in lane.off]

    opened_by(doctor_user, practitioner, site, starts=time(9), ends=time(13))
    assert off() == []


def test_a_closed_day_is_a_way_out_and_bookable_once_it_is_open(plan, practitioner, doctor_user) -> None:
    blocked = propose_cycle(plan=plan, now=NOW)
    assert isinstance(blocked, Blocked)
    way = next(way for way in blocked.ways_out if way.kind is WayOutKind.OPEN)
    assert way.opened == OpenedHours(practitioner.pk, SATURDAY, 540, 1080)
    shown = propose_cycle(plan=plan, now=NOW, wishes=Wishes(opened=(way.opened,)))[0]
    with pytest.raises(SlotTaken, match="no longer offered"):
        book_proposal(plan=plan, token=shown.token, by=doctor_user, now=NOW)
    opened_by(doctor_user, practitioner, plan.site, ends=time(18))
    assert len(book_proposal(plan=plan, token=shown.token, by=doctor_user, now=NOW)) == 3
    assert plan.sittings.get(number=2).booked == SATURDAY


# From the page.


def opening_of(page) -> str:
    return next(way.url for way in page.context["obstacle"].ways if "open=" in way.url)


def test_reception_sees_the_cycle_as_if_open_and_reads_whom_to_ask(desk, plan) -> None:
    page = desk.get(opening_of(desk.get(reverse("book_cycle", args=[plan.pk]))))
    text = " ".join(page.content.decode().split())
    assert [chip.label for chip in page.context["chips"]] == [
        "Open Saturday 28 November 2026, 09:00–18:00, with Dr Bianchi"
    ]
    assert "Ask Dr Bianchi or an administrator to open them; then book." in text
    assert "sitting counts on extra hours" in text
    assert "Book 3 sittings" not in text
    assert [row.number for row in page.context["shown"].rows if row.extra] == [2]


def test_the_doctor_opens_their_hours_and_books(desk, plan, doctor_user) -> None:
    desk.force_login(doctor_user)
    url = opening_of(desk.get(reverse("book_cycle", args=[plan.pk])))
    page = desk.get(url)
    (missing,) = page.context["to_open"]
    assert missing.allowed
    opening = reverse("plan_open_hours", args=[plan.pk]) + "?" + url.partition("?")[2]
    answer = desk.post(opening, {"open": missing.text})
    assert answer.status_code == 302
    assert "open=" not in answer.url
    assert "asked=1" in answer.url
    again = desk.get(answer.url)
    assert "Extra hours are open: Saturday 28 November 2026" in again.content.decode()
    assert again.context["to_open"] == []
    press = {"token": again.context["cards"][0].token, "key": str(again.context["key"])}
    assert desk.post(reverse("book_cycle_confirm", args=[plan.pk]), press).status_code == 302
    assert plan.sittings.get(number=2).booked == SATURDAY


def test_hours_opened_meanwhile_need_no_button(desk, plan, practitioner, doctor_user) -> None:
    url = opening_of(desk.get(reverse("book_cycle", args=[plan.pk])))
    opened_by(doctor_user, practitioner, plan.site, ends=time(18))
    page = desk.get(url)
    assert page.context["to_open"] == []
    assert not any(row.extra for row in page.context["shown"].rows)


def test_a_colleagues_hours_are_refused_with_a_sentence(desk, plan, site) -> None:
    neri = make_practitioner("Dr Neri", site)
    desk.force_login(neri.user)
    text = f"{Practitioner.objects.get(name='Dr Bianchi').pk}:{SATURDAY}:0900-1300"
    answer = desk.post(reverse("plan_open_hours", args=[plan.pk]), {"open": text})
    assert answer.status_code == 422
    assert "Only an administrator or Dr Bianchi can open these hours." in answer.content.decode()


@pytest.mark.parametrize(
    "text", ["", "1", "0:2026-12-12:0900-1300", "{own}:2026-13-12:0900-1300", "{own}:2026-12-12:1300-0900", "\x00"]
)
def test_hours_that_cannot_be_read_are_said_and_open_nothing(desk, plan, practitioner, doctor_user, text) -> None:
    desk.force_login(doctor_user)
    asked = {"open": text.format(own=practitioner.pk)}
    assert desk.post(reverse("plan_open_hours", args=[plan.pk]), asked).status_code == 422
    if text:
        assert desk.get(reverse("book_cycle", args=[plan.pk]), {"asked": 1, **asked}).status_code == 422
    assert not ExtraHours.objects.exists()


def test_hours_of_somebody_not_trained_for_the_plan_are_not_counted_on(desk, plan, site) -> None:
    retired = make_practitioner("Dr Neri", site)
    retired.active = False
    retired.save()
    page = desk.get(reverse("book_cycle", args=[plan.pk]), {"asked": 1, "open": f"{retired.pk}:{SATURDAY}:0900-1300"})
    assert page.status_code == 422


def test_an_administrator_alone_is_led_to_the_plan_after_opening(desk, plan, practitioner) -> None:
    desk.force_login(make_user("boss", Role.ADMINISTRATOR))
    text = f"{practitioner.pk}:{SATURDAY}:0900-1300"
    answer = desk.post(reverse("plan_open_hours", args=[plan.pk]), {"open": text})
    assert answer.url == reverse("plan", args=[plan.pk])
    assert ExtraHours.objects.exists()
