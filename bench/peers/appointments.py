"""django-appointment on the same diary: `fill` writes it into an empty database, `search` asks its own per-day search.

    python -m bench.peers.appointments fill|search < QUESTION

Days are counted from the benchmark's first day. The peer offers no time that is over by the clock, so its diary lies
in the weeks to come, on the same weekdays.
"""

import json
import os
import sys
import time
from datetime import date, datetime, timedelta
from datetime import time as clock
from itertools import pairwise
from typing import Any

import django

BATCH = 5_000


def monday() -> date:
    """The peer's first day: the Monday after next, so that no day is over by the clock."""
    today = datetime.now().astimezone().date()
    return today + timedelta(days=14 - today.weekday())


def fill(question: dict[str, Any]) -> dict[str, Any]:
    """Makes the tables, and writes staff, hours, the midday break and everything booked."""
    from appointment.models import Config, Service, StaffMember
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", "auth", verbosity=0)  # first, since the peer comes without migrations of its own
    call_command("migrate", run_syncdb=True, verbosity=0)
    Config.objects.create(slot_duration=question["grid"], appointment_buffer_time=0, website_name="Bench")
    length = timedelta(minutes=question["minutes"])
    service = Service.objects.create(name="Sitting", duration=length, price=0)
    staff = [
        StaffMember.objects.create(user=User.objects.create(username=f"dr{n}"), slot_duration=question["grid"])
        for n in range(question["staff"])
    ]
    _hours(staff, question["hours"], question["last"])
    for begin in range(0, len(question["booked"]), BATCH):
        _book(staff, service, question["booked"][begin : begin + BATCH])
    return {}


def _hours(staff: list[Any], hours: list[list[int]], last: int) -> None:
    """Monday to Friday from the first hour to the last; what lies between two spans is time unavailable."""
    from appointment.models import Unavailability, WorkingHours

    WorkingHours.objects.bulk_create(
        WorkingHours(staff_member=who, day_of_week=n, start_time=_at(hours[0][0]), end_time=_at(hours[-1][1]))
        for who in staff
        for n in range(1, 6)
    )
    pauses = [(before[1], after[0]) for before, after in pairwise(hours)]
    Unavailability.objects.bulk_create(
        [
            Unavailability(staff_member=who, date=_day(n), start_time=_at(begins), end_time=_at(ends))
            for n in range(last + 1)
            if n % 7 < 5
            for who in staff
            for begins, ends in pauses
        ],
        batch_size=BATCH,
    )


def _book(staff: list[Any], service: Any, rows: list[list[int]]) -> None:
    from appointment.models import Appointment, AppointmentRequest

    requests = AppointmentRequest.objects.bulk_create(
        AppointmentRequest(
            date=_day(day),
            start_time=_at(start),
            end_time=_at(start + minutes),
            service=service,
            staff_member=staff[who],
        )
        for who, day, start, minutes in rows
    )
    Appointment.objects.bulk_create(Appointment(appointment_request=each) for each in requests)


def search(question: dict[str, Any]) -> dict[str, Any]:
    """The free starts of each day asked for with each of the staff, as minutes, and the CPU ms of the search."""
    from appointment.models import Service, StaffMember
    from appointment.services import get_available_slots_for_staff
    from appointment.utils.db_helpers import get_weekday_num_from_date

    service, everybody = Service.objects.get(), list(StaffMember.objects.order_by("pk"))
    staff = [everybody[n] for n in question["staff"]]
    days = [_day(n) for n in question["days"]]
    get_available_slots_for_staff(days[0], staff[0], get_weekday_num_from_date(days[0]), service)  # once, to warm up
    taken, starts = [], []
    for _run in range(question["runs"]):
        began = time.process_time()
        found = [
            get_available_slots_for_staff(day, who, get_weekday_num_from_date(day), service)
            for day in days
            for who in staff
        ]
        taken.append((time.process_time() - began) * 1000)
        starts = [[at.hour * 60 + at.minute for at in slots] for slots in found]
    return {"cpu": taken, "starts": starts}


def _day(number: int) -> date:
    return monday() + timedelta(days=number)


def _at(minute: int) -> clock:
    return clock(minute // 60, minute % 60)


def main() -> None:
    """Answers one question."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.peers.settings"
    django.setup()
    answer = {"fill": fill, "search": search}[sys.argv[1]](json.load(sys.stdin))
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
