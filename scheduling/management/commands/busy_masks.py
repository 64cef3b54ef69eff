"""Rebuilds the stored busy masks, or verifies them against the appointments."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from scheduling.services.busy_masks import Wrong, rebuild_masks, wrong_masks

MOST_NAMED = 50


class Command(BaseCommand):
    help = "Keeps the busy masks: --rebuild (every night) makes them for three years, --verify compares them."

    def add_arguments(self, parser: CommandParser) -> None:
        wanted = parser.add_mutually_exclusive_group(required=True)
        wanted.add_argument(
            "--rebuild", action="store_true", help="make all masks anew; doing it again changes nothing"
        )
        wanted.add_argument(
            "--verify", action="store_true", help="name the masks that are wrong; fails if there are any"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rebuild"]:
            self.stdout.write(f"{rebuild_masks(now=timezone.now())} busy masks stand.")
            return
        wrong = list(wrong_masks())
        for each in wrong[:MOST_NAMED]:
            self.stdout.write(_words(each))
        if wrong:
            raise CommandError(f"{len(wrong)} busy masks are wrong. Put them right with --rebuild.")
        self.stdout.write("All busy masks are right.")


def _words(wrong: Wrong) -> str:
    return f"{wrong.kind.name.lower()} {wrong.resource}, {wrong.day} ({wrong.zone}, {wrong.grid} minutes)"
