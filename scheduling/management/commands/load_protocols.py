"""Loads documented protocols from TOML files and says what changed."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scheduling.services.protocol_files import SHIPPED
from scheduling.services.protocols import Loaded, Outcome, compare_protocols, load_protocols
from scheduling.services.toml_tables import Malformed


class Command(BaseCommand):
    help = "Loads the protocols of a folder (those shipped, when none is given). Doing it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=SHIPPED, help="folder of .toml files")
        parser.add_argument("--check", action="store_true", help="only say what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        try:
            done = compare_protocols(folder=folder) if options["check"] else load_protocols(folder=folder)
        except Malformed as error:
            raise CommandError(f"{error}\nNothing was loaded.") from error
        for loaded in done:
            self.stdout.write(f"{loaded.key}: {_words(loaded)}")
        if not done:
            self.stdout.write(f"{folder} holds no .toml file.")


def _words(loaded: Loaded) -> str:
    return f"version {loaded.version}" if loaded.outcome is Outcome.NEXT_VERSION else loaded.outcome.value
