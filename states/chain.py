"""The chain of the audit log: the digest of an entry covers its content and the digest before it. Pure.

What is hashed never changes: a column that the log gets later stays outside, or what was printed on
paper could not be compared any more.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from itertools import groupby
from operator import itemgetter
from typing import Any

START = "0" * 64
Row = Mapping[str, Any]
FIELDS = ("number", "at", "actor_id", "post_id", "state_id", "verb", "target", "target_id", "data")


def digest_of(previous: str, entry: Row) -> str:
    """SHA-256, in hexadecimal, over the digest before and the entry's content as canonical JSON: sorted
    keys, no spaces, ASCII, the time in UTC to the microsecond."""
    content = {name: entry[name] for name in FIELDS}
    content["at"] = entry["at"].astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps({**content, "previous": previous}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` as both databases give it back to the letter: names are text, and so are fractions, which
    they would write in different ways."""
    held: dict[str, Any] = json.loads(json.dumps(data), parse_float=str)
    return held


class Broken(Exception):
    """The first line of a chain that is not as it was written. `row` is where that shows."""

    def __init__(self, fault: str, number: int, row: Row) -> None:
        super().__init__(fault)
        self.fault, self.number, self.row = fault, number, row


def unbroken(rows: Iterable[Row], *, archived: bool = False) -> Iterator[Row]:
    """The lines of a chain, ordered by number, as long as each is as it was written.

    Raises Broken at the first that is `missing`, `inserted` (its number is there twice, or none) or
    `changed` (its digest does not follow; at the end of a chain it may also have been put there). With
    `archived` the first line counts as it stands, whatever its number.
    """
    last, digest = 0, START
    for number, group in groupby(rows, key=itemgetter("number")):
        same = list(group)
        trusted = archived and last == 0
        if number > last + 1 and not trusted:
            raise Broken("missing", last + 1, same[0])
        fits = [row for row in same if trusted or row["digest"] == digest_of(digest, row)][:1]
        if number == 0 or len(same) > 1:
            raise Broken("inserted", number, next(row for row in same if number == 0 or row not in fits))
        if not fits:
            raise Broken("changed", number, same[0])
        yield same[0]
        last, digest = number, same[0]["digest"]
