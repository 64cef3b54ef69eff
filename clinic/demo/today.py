"""The demo's day: a full board on which somebody waits, somebody is treated and somebody runs late, at any hour."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.utils import timezone

from clinic.demo.story import Story, clock_at, give, happen
from patients.models import Patient
from scheduling.models import Appointment, Kind, Practitioner, Room, Status
from scheduling.selectors.board_rows import read_hours, read_lost
from scheduling.selectors.local_time import MINUTES_IN_DAY, day_span, instant
from scheduling.services import tracking
from scheduling.services.booking import book_appointment
from scheduling.services.extra_hours import open_extra
from scheduling.services.refusals import Refused

# Visits of the day besides the sittings.
VISITS = 26
# A one-off opening on a day without hours, such as a Sunday: the demo's own day would be empty.
ONE_OFF = ((9, 13), (14, 18))
AT_ONCE = 2


def fill_today(story: Story, others: list[Patient]) -> None:
    """Books visits around the sittings of today, then lets the day happen until now."""
    cast = list(others)
    _open_today(story)
    late = _busy_now(story, cast)
    _visits(story, cast)
    for practitioner, begun in _begun(story).items():
        _until_now(story, begun, late=practitioner == late)
    _comes_early(story)


def _minute(story: Story) -> int:
    here = timezone.localtime(story.now, story.clinic.site.zone)
    return here.hour * 60 + here.minute


def _hours(story: Story) -> dict[int, list[tuple[int, int]]]:
    site = story.clinic.site
    return dict(read_hours(site, story.today, read_lost(site, story.today, story.now)).working)


def _at_work(story: Story) -> list[Practitioner]:
    """Who is at work at this moment and has been for a while."""
    minute, hours = _minute(story), _hours(story)
    return [
        who
        for who in story.clinic.practitioners
        if any(start + 30 <= minute and minute + 10 <= end for start, end in hours.get(who.pk, ()))
    ]


def _open_today(story: Story) -> None:
    """Extra hours on a day without hours, and around this moment when nobody would be in: a board to look at."""
    if not _hours(story):
        for who in story.clinic.practitioners[:3]:
            for starts, ends in ONE_OFF:
                _open(story, who, starts * 60, ends * 60)
    if not _at_work(story):
        minute = _minute(story)
        for who in story.clinic.practitioners[:AT_ONCE]:
            _open(story, who, max(minute - 90, 0) // 30 * 30, min(-(-(minute + 60) // 30) * 30, MINUTES_IN_DAY - 5))


def _open(story: Story, who: Practitioner, starts: int, ends: int) -> None:
    try:
        open_extra(
            practitioner=who,
            site=story.clinic.site,
            day=story.today,
            starts=time(starts // 60, starts % 60),
            ends=time(ends // 60, ends % 60),
            by=story.clinic.administrator,
            now=story.now,
        )
    except Refused:
        return  # a closure or a public holiday: then the clinic is closed in the demo as well


def _busy_now(story: Story, cast: list[Patient]) -> int | None:
    """Somebody who ought to be done by now and others after them; the practitioner who runs late by that."""
    here = _minute(story) // 5 * 5
    late = None
    for who in _at_work(story)[:AT_ONCE]:
        before = _visit(story, cast, who, here - 30, 20)
        _visit(story, cast, who, here - 5 if before else here - 10, 20)
        if late is None and any(_overdue(story, row) for row in _begun(story).get(who.pk, ())):
            late = who.pk
    return late


def _visits(story: Story, cast: list[Patient]) -> None:
    """Consultations and sensitivity tests, one for each patient, wherever the day has time for them."""
    spans = [(who, *span) for who in story.clinic.practitioners for span in _hours(story).get(who.pk, ())]
    for _visit_of_the_day in range(VISITS):
        for _try in range(6):
            if not spans or not cast:
                return
            who, start, end = story.random.choice(spans)
            minutes = story.random.choice((15, 30, 30))
            minute = story.random.randrange(start, max(end - minutes, start + 1), 5)
            if _visit(story, cast, who, minute, minutes, rooms=[story.random.choice(story.clinic.rooms)]):
                break


def _visit(
    story: Story,
    cast: list[Patient],
    practitioner: Practitioner,
    minute: int,
    minutes: int,
    rooms: Sequence[Room] | None = None,
) -> Appointment | None:
    """A first visit of the next patient of the cast, in whichever room is free; None when the time is taken."""
    if not cast or minute < 0:
        return None
    at = story.local(4)
    for room in rooms or story.clinic.rooms:
        try:
            with clock_at(at):
                made = book_appointment(
                    patient=cast[0],
                    kind=Kind.SENSITIVITY_TEST if minutes == 15 else Kind.CONSULTATION,
                    practitioner=practitioner,
                    room=room,
                    starts=instant(story.today, minute, story.clinic.site.zone),
                    minutes=minutes,
                    by=story.clinic.reception,
                    now=at,
                )
        except Refused:
            continue
        cast.pop(0)
        return made
    return None


def _begun(story: Story) -> dict[int, list[Appointment]]:
    """What has begun today by now and is only booked, by practitioner, in order of time."""
    since, _until = day_span(story.today, story.clinic.site.zone)
    rows = Appointment.objects.filter(starts__gte=since, starts__lte=story.now, status=Status.BOOKED)
    found: dict[int, list[Appointment]] = defaultdict(list)
    for row in rows.select_related("room__site", "practitioner", "sitting__plan").order_by("starts", "pk"):
        found[row.practitioner_id].append(row)
    return found


def _overdue(story: Story, row: Appointment) -> bool:
    """Whether it should have ended some minutes ago, and not so long ago that nobody would believe it."""
    return timedelta(minutes=6) <= story.now - row.ends <= timedelta(minutes=40)


def _until_now(story: Story, begun: Sequence[Appointment], *, late: bool) -> None:
    """One practitioner's day so far: those before are done, one is being treated, those after wait."""
    inside = _being_treated(story, begun, late=late)
    for row in begun:
        if inside and row.starts >= inside.starts:
            lag = timedelta(minutes=9 if late else 2)
            arrived = row.starts - timedelta(minutes=6)
            happen(story, row, arrived, *([row.starts + lag] if row == inside else []))
        elif row.ends <= story.now:
            _done(story, row)
        else:
            happen(story, row, row.starts - timedelta(minutes=6))


def _being_treated(story: Story, begun: Sequence[Appointment], *, late: bool) -> Appointment | None:
    if late:
        return next((row for row in reversed(begun) if _overdue(story, row)), None)
    gone_in = [row for row in begun if row.starts <= story.now - timedelta(minutes=4)]
    return gone_in[-1] if gone_in and gone_in[-1].ends > story.now else None


def _done(story: Story, row: Appointment) -> None:
    if story.random.random() < 0.06:
        with clock_at(story.now):
            tracking.mark_no_show(appointment=row, now=story.now)
    else:
        give(story, row)


def _comes_early(story: Story) -> None:
    """The next patient of the day is here already."""
    soon: datetime = story.now + timedelta(minutes=25)
    to_come = Appointment.objects.filter(starts__gt=story.now, starts__lte=soon, status=Status.BOOKED)
    row = to_come.filter(starts__lt=day_span(story.today, story.clinic.site.zone)[1]).order_by("starts", "pk").first()
    if row:
        happen(story, row, story.now - timedelta(minutes=3))
