"""The chains of the audit log: how they stand, and whether every line is there as it was written."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nudm.core.dates import show_time
from states.chain import FIELDS, START, Broken, unbroken
from states.models import Entry, State

NATION = "IN"


def head_of(state: State | None) -> dict[str, Any]:
    """The last line of a state's chain, or of that of no state: what is printed on a report."""
    last = Entry.objects.filter(state=state).order_by("-number").values_list("number", "digest").first()
    number, digest = last or (0, START)
    return {"chain": state.iso if state is not None else NATION, "number": number, "digest": digest}


@dataclass(frozen=True, slots=True)
class Chain:
    """How a chain was found: its lines up to the first that is broken, if one is, and what is wrong there."""

    name: str
    entries: int
    digest: str
    fault: str = ""


class Walk:
    """One pass over all chains.

    `heads` are digests known from paper, or their beginnings; what is left in it afterwards is in no chain
    any more. `known` are heads that were written elsewhere, with chain and number. `archived`: the oldest
    lines were taken out, so each chain's first line counts as it stands.
    """

    def __init__(
        self, heads: Iterable[str] = (), *, archived: bool = False, known: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        self.heads = set(heads)
        self.archived = archived
        self.sealed: dict[str, dict[int, str]] = {}
        for head in known:
            self._seal({head["chain"]: (head["number"], head["digest"])})

    def chains(self) -> Iterator[Chain]:
        """Every chain that has a line or should have one. The nation's first: it holds the seals of all."""
        for state in (None, *State.objects.order_by("iso")):
            chain = self._walked(state)
            if chain.entries or chain.fault:
                yield chain

    def _walked(self, state: State | None) -> Chain:
        name = state.iso if state is not None else NATION
        rows = Entry.objects.filter(state=state).order_by("number", "pk").values("pk", "digest", *FIELDS)
        sealed = self.sealed.get(name, {})
        count, number, digest, fault = 0, 0, START, ""
        try:
            for row in unbroken(rows.iterator(chunk_size=2000), archived=self.archived):
                if sealed.get(row["number"], row["digest"]) != row["digest"]:
                    raise Broken("written anew after it was sealed", row["number"], row)
                count, number, digest = count + 1, row["number"], row["digest"]
                self.heads = {head for head in self.heads if not digest.startswith(head)}
                if state is None and row["verb"] == "audit.seal":
                    self._seal(row["data"]["heads"])
        except Broken as error:
            fault = _words(name, error)
        else:
            most = max(sealed, default=0)
            if most > number:
                fault = f"{name} {number + 1} is missing: when they were sealed there were {most} lines"
        return Chain(name, count, digest, fault)

    def _seal(self, heads: dict[str, Any]) -> None:
        for iso, (number, digest) in heads.items():
            if number:
                self.sealed.setdefault(iso, {})[number] = digest


def _words(chain: str, error: Broken) -> str:
    row = error.row
    shown = f"{chain} {row['number']} (row {row['pk']}: {row['verb']}, {show_time(row['at'])})"
    if error.fault == "missing":
        return f"{chain} {error.number} is missing: {shown} is the next"
    return f"{shown} was {error.fault}"
