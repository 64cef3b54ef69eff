"""Fills an empty database with an invented clinic, and says how to sign in."""

import os
from datetime import datetime
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from clinic.demo.desk import lay_out
from clinic.demo.people import make_patients
from clinic.demo.setting import LOGINS, PASSWORD, make_clinic
from clinic.demo.story import Story, clock_at, tell
from clinic.demo.today import fill_today
from clinic.demo.waiting import put_on_waiting_list
from clinic.models import User
from patients.models import Patient
from scheduling.models import Protocol, Site
from scheduling.services.busy_masks import rebuild_masks
from scheduling.services.protocols import approve_protocol

PATIENTS = 120
# Of those without a plan, who is booked for a first visit in the coming days and not today.
NEW_PATIENTS = 6
SEED = 20260101


class Command(BaseCommand):
    help = "Fills an empty database with a demo clinic around today. Safe to repeat: a filled one is left as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo has known passwords: it is made only with DEBUG=1.")
        if User.objects.filter(username=LOGINS[0][0]).exists() and Site.objects.exists():
            self.stdout.write("The demo clinic is there already; nothing was changed.")
        elif User.objects.exists() or Patient.objects.exists() or Site.objects.exists():
            raise CommandError("This database holds other data: the demo wants an empty one. Nothing was changed.")
        else:
            fill(timezone.now())
            self.stdout.write(f"Made a demo clinic with {Patient.objects.count()} patients.")
        self._say_how()

    def _say_how(self) -> None:
        self.stdout.write(f"\n  http://127.0.0.1:{os.environ.get('PORT', '8000')}\n")
        for name, role, first, last in LOGINS:
            self.stdout.write(f"  {role.value:<14} {name:<10} {PASSWORD}   {first} {last}")
        self.stdout.write("")


def fill(now: datetime) -> None:
    """Writes the whole demo, as it would stand at `now`, in one transaction."""
    random = Random(SEED)  # noqa: S311 - chance for stories, not for secrets
    with transaction.atomic():
        today = timezone.localdate(now)
        clinic = make_clinic(today)
        story = Story(clinic, now, random)
        with clock_at(story.local(400)):
            for protocol in Protocol.objects.filter(approved_at=None):
                approve_protocol(protocol=protocol, by=clinic.doctor, now=story.local(400))
        patients = make_patients(PATIENTS, today, clinic.practitioners, random)
        others = tell(story, patients)
        fill_today(story, others[:-NEW_PATIENTS])
        lay_out(story, others[-NEW_PATIENTS:])
        put_on_waiting_list(story)
        rebuild_masks(now=now)
