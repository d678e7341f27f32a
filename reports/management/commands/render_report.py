"""`manage.py render_report --state KL --language hi --out FILE`: a PDF without asking anybody."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reports import snapshot
from reports.pdf import render_pdf
from states.models import State


class Command(BaseCommand):
    help = "Render a report of today's figures to a file; nothing is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--state", help="ISO code, for example KL")
        parser.add_argument("--national", action="store_true")
        parser.add_argument("--kind", choices=["progress"], default="progress")
        parser.add_argument("--language", choices=["en", "hi"], default="en")
        parser.add_argument("--out", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["national"] == bool(options["state"]):
            raise CommandError("Give either --state KL or --national.")
        if options["national"]:
            content = snapshot.of_nation(State.objects.order_by("name"), options["language"])
        else:
            state = State.objects.filter(iso=options["state"].upper()).first()
            if state is None:
                raise CommandError(f"No State/UT has the code {options['state']}. Give one such as KL or MH.")
            content = snapshot.of_state(state, options["language"])
        options["out"].write_bytes(render_pdf(content, snapshot.digest_of(content)))
        self.stdout.write(f"{options['out']} is written.")
