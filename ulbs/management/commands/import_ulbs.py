"""`manage.py import_ulbs FILE --as EMAIL [--dry-run] [--set-aside FILE]`: a register, a roll-out sheet or a
list of tenants."""

from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser
from django.http import Http404

from nudm.core import addresses
from nudm.core.commands import BaseCommand
from nudm.core.errors import Refused
from nudm.core.tables import write_csv
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
        parser.add_argument(
            "--set-aside",
            type=Path,
            metavar="FILE",
            help="write the rows that cannot be read to this CSV file, with their number and the reason, and "
            "read the others in",
        )
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
            aside = options["set_aside"]
            if plan.refused and aside is None:
                raise CommandError(
                    "The file is refused whole; nothing was written. --set-aside FILE reads the other rows."
                )
            if options["dry_run"] or not (plan.changes or plan.refused):
                self.stdout.write("Nothing was written.")
                return
            name = options["file"].name
            made = imports.read_in(data, name, state=state, by=person, plan=plan)
            if plan.refused:
                self.put_aside(made, aside)
            if not plan.changes:
                self.stdout.write("Nothing was written to the register.")
                return
            imports.confirm(made, by=person, set_aside=plan.refused)
        except Http404 as error:
            raise CommandError("This person's posts do not reach there.") from error
        except Refused as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Written to the register as import {made.pk}.")

    def put_aside(self, made: Any, place: Path) -> None:
        """Write the rows that are left out before anything is read in: nothing is lost where that fails."""
        try:
            with place.open("xb") as file:
                write_csv(imports.rows_set_aside(made), file)
        except OSError as error:
            raise CommandError(
                f"{place} cannot be written: {error.strerror}. Nothing was read in."
            ) from error
        self.stdout.write(f"{made.counts['refused']} rows set aside in {place}.")

    def tell(self, plan: Any) -> None:
        """The counts; each fault with row, column, value and what to do; each row to look at."""
        for line in plan.lines:
            for told in line.faults:
                self.stdout.write(f"row {line.row}, {told[0] or '-'}: “{told[1]}”. {words.fault(told)}")
            for name, (held, mine, now) in line.since.items():
                self.stdout.write(
                    f"row {line.row}, {line.key} {line.name}, {name}: {held} when the sheet left, {mine} in "
                    f"the sheet, {now} in the register now: left as it is"
                )
            if line.result != "refused":
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
