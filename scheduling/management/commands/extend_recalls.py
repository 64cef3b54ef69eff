"""Keeps twelve recalls ahead in every plan that goes on until the doctor stops it; meant for every night."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from scheduling.services.recalls import extend_every_recall


class Command(BaseCommand):
    help = "Adds the recalls that running open-ended plans lack. Doing it again adds none."

    def handle(self, *args: Any, **options: Any) -> None:
        done = extend_every_recall(now=timezone.now())
        self.stdout.write(f"Recalls added: {done.sittings}, plans: {done.plans}.")
