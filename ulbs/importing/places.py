"""Which State/UT a code and a name in a file mean. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from nudm.core import reading
from ulbs.importing import cells
from ulbs.importing.headings import plain

# Names that files still carry, or write in another way, by LGD code.
ALSO = {
    "Orissa": 21, "Pondicherry": 34, "Uttaranchal": 5, "NCT of Delhi": 7, "Delhi NCT": 7, "New Delhi": 7,
    "The Dadra and Nagar Haveli and Daman and Diu": 38, "Dadra & Nagar Haveli and Daman & Diu": 38,
    "Andaman & Nicobar Islands": 35, "Andaman & Nicobar": 35, "Jammu & Kashmir": 1, "Chattisgarh": 22,
    "Telengana": 36, "Tamilnadu": 33, "Andra Pradesh": 28,
}  # fmt: skip
# The national platform's own prefixes, where they differ from the ISO codes.
PREFIXES = {"ch": 22, "chd": 4, "tl": 36, "goa": 30, "or": 21, "uttarakhand": 5}
# Before a State/UT's code in ISO 3166-2.
_COUNTRY = re.compile(r"^in[-_ ]+")


class Place(NamedTuple):
    """A State/UT as the database has it."""

    pk: int
    lgd_code: int
    iso: str
    former_iso: str
    names: tuple[str, ...]


@dataclass(slots=True)
class Places:
    """The States/UTs, by whatever a file calls them."""

    codes: dict[str, set[int]] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Place]) -> "Places":
        made = cls()
        pk_of = {}
        for row in rows:
            pk_of[row.lgd_code] = row.pk
            for code in (str(row.lgd_code), row.iso, row.former_iso):
                if code:
                    made.codes.setdefault(code.casefold(), set()).add(row.pk)
            made.names |= {plain(name): row.pk for name in row.names if name}
        for name, lgd_code in ALSO.items():
            if lgd_code in pk_of:
                made.names[plain(name)] = pk_of[lgd_code]
        for prefix, lgd_code in PREFIXES.items():
            if lgd_code in pk_of:
                made.codes.setdefault(prefix, set()).add(pk_of[lgd_code])
        return made

    def find(self, code: str, name: str) -> tuple[int | None, str, str]:
        """The State/UT; where there is none, the column at fault (one that is filled, where there is any)
        and the word for the fault.

        A prefix may mean two (`ch`: Chandigarh by ISO, Chhattisgarh on the platform): the name decides.
        """
        by_name = self.names.get(plain(name)) if name else None
        by_code = self.codes.get(_code(code), set()) if code else set()
        if name and by_name is None:
            return None, "state_name", "state_name"
        if code and not by_code:
            return None, "state_code", "state_code"
        if by_name is not None:
            return (
                (by_name, "", "") if not code or by_name in by_code else (None, "state_name", "states_differ")
            )
        if len(by_code) == 1:
            return next(iter(by_code)), "", ""
        return None, "state_code", "two_states" if by_code else "no_state"

    def fitting(self, code: str, name: str, tenant: str) -> tuple[int | None, str, str]:
        """The State/UT of a tenant, by whatever says it: a code, `IN-KL`, or a name, in either column; else
        by the beginning of the tenant's code (`kl.alpha`). Where nothing fits, the column and the word.

        The platform's own lists hold names in the column of codes.
        """
        by_code, by_name = self._meant(code), self._meant(name)
        if by_code and by_name and not by_code & by_name:
            return None, "state_name", "states_differ"
        found = by_code & by_name or by_name or by_code
        by_prefix = self._meant(tenant.partition(".")[0]) if "." in tenant else set()
        if len(found) != 1 and (found & by_prefix or by_prefix):
            found = found & by_prefix or (found or by_prefix)
        if len(found) == 1:
            return next(iter(found)), "", ""
        column = "state_code" if code or not name else "state_name"
        words = {"state_code": "state_code", "state_name": "state_name"}
        return None, column, "two_states" if found else words[column] if code or name else "no_state"

    def _meant(self, text: str) -> set[int]:
        """The States/UTs that a text may mean, as a code or as a name."""
        found = set(self.codes.get(_code(text), ())) if text else set()
        by_name = self.names.get(plain(text)) if text else None
        return found | ({by_name} if by_name is not None else set())


def _code(text: str) -> str:
    """A State/UT's code as the list has it: `KL`, `in-kl` and `IN KL` are `kl`; `07` is `7`."""
    number = cells.code(text)
    return _COUNTRY.sub("", reading.code(text).casefold()) if number is None else str(number)
