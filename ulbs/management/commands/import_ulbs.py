"""`manage.py import_ulbs FILE --as EMAIL [--dry-run]`: a register, a roll-out sheet or a list of tenants."""

from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser
from django.http import Http404

from nudm.core import addresses
from nudm.core.commands import BaseCommand
from nudm.core.errors import Refused
from states.access import standing
from states.models import State
from ulbs.actions import imports
from ulbs.importing import words


class Command(BaseCommand):
    help = "Read a file into the register of the person's State/UT, or of all for the centre; all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
        parser.add_argument("--kind", choices=sorted(imports.KINDS), default="", help="else by the headings")
        parser.add_argument("--state", metavar="ISO", help="the State/UT, for those who act on several")

    def handle(self, *args: Any, **options: Any) -> None:
        person = (
            get_user_model()
            ._default_manager.filter(email__iexact=addresses.cleaned(options["email"]))
            .first()
        )
        if person is None:
            raise CommandError(f"There is no account {options['email']}.")
        try:
            data = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        state = place(person, options["state"])
        try:
            plan = imports.look(data, state=state, kind=options["kind"], by=person)
            self.tell(plan)
            if plan.refused:
                raise CommandError("The file is refused whole; nothing was written.")
            if options["dry_run"] or not plan.changes:
                self.stdout.write("Nothing was written.")
                return
            name = options["file"].name
            made = imports.read_in(data, name, state=state, by=person, plan=plan)
            imports.confirm(made, by=person)
        except Http404 as error:
            raise CommandError("This person's posts do not reach there.") from error
        except Refused as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Written to the register as import {made.pk}.")

    def tell(self, plan: Any) -> None:
        """The counts; each fault with row, column, value and what to do; each row to look at."""
        for line in plan.lines:
            for told in line.faults:
                self.stdout.write(f"row {line.row}, {told[0] or '-'}: “{told[1]}”. {words.fault(told)}")
            if not plan.refused:
                for told in line.warnings:
                    self.stdout.write(f"row {line.row}, {line.key} {line.name}: {words.warning(told)}")
        counts = ", ".join(f"{name} {n}" for name, n in plan.counts().items())
        self.stdout.write(f"{plan.kind}: {counts}")


def place(person: Any, iso: str | None) -> State | None:
    """The State/UT to read into; None for all of them."""
    if iso:
        state = State.objects.filter(iso=iso.upper()).first()
        if state is None:
            raise CommandError(f"There is no State/UT {iso}.")
        return state
    held = standing(person)
    if held.national:
        return None
    states = held.states("manage_register")
    if len(states) != 1:
        raise CommandError("Name the State/UT with --state.")
    return State.objects.get(pk=states[0])
