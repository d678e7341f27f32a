"""`manage.py verify_audit [--head DIGEST …] [--archived]`: is every line of the log as it was written?"""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from nudm.core.commands import BaseCommand
from states import anchors
from states.facts import Facts
from states.verify import Walk

SHORTEST = 12
# Of forged facts so many are named.
MOST = 100


class Command(BaseCommand):
    help = "Walk the chains of the audit log; names the first broken line of each and ends with 1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            help="a digest printed on a report, or its first 12 digits or more: is it still in a chain?",
        )
        parser.add_argument(
            "--archived", action="store_true", help="the oldest lines were archived: begin with those left"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        heads = ["".join(head.split()).lower() for head in options["head"]]
        if short := [head for head in heads if len(head) < SHORTEST]:
            raise CommandError(f"Give at least {SHORTEST} digits of a head, not {short[0]!r}.")
        walk = Walk(heads, archived=options["archived"], known=anchors.known())
        total, faults = 0, []
        for chain in walk.chains():
            total += chain.entries
            self.stdout.write(f"{chain.name}  {chain.entries:>8} lines  {chain.digest}")
            if chain.fault:
                faults.append(f"Broken: {chain.fault}.")
        for head in sorted(walk.heads):
            faults.append(f"The head {head} is in no chain: what led to it was cut off or rewritten.")
        facts = Facts()
        for number, fault in enumerate(facts.faults()):
            if number < MOST:
                faults.append(f"Forged: {fault}.")
        if facts.uncovered:
            self.stdout.write(
                f"{facts.uncovered} lines of the past have no digest in the log: they are older than these."
            )
        if faults:
            raise CommandError("\n".join(faults))
        self.stdout.write(f"{total} lines, every one as it was written; so is every fact that they wrote.")
