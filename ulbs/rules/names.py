"""Names of ULBs as they are compared, and which ULB a tenant's name means. Pure: no Django, no database.

Two forms of a name: `normal` drops case, marks, spaces and the words for what a ULB is; `sound` also makes
one of the spellings by which the same sound is written in Latin letters (Chittoor, Chitur).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from nudm.core.normal_form import normal_form
from nudm.core.text import line, loose
from ulbs.rules.cells import CANTONMENT_BOARD

# Words for what a ULB is, and the LGD types that they can mean (usage differs between the states).
WORDS: Mapping[str, tuple[int, ...]] = {
    "city municipal council": (24,), "town municipal council": (25,),
    "municipal corporation": (4,), "municipal corp": (4,), "mun corporation": (4,), "mun corp": (4,),
    "m corp": (4,), "corporation": (4,), "nagar nigam": (4,), "mahanagar palika": (4,),
    "mahanagarpalika": (4,), "nagar palika parishad": (5,), "nagarpalika parishad": (5,),
    "nagar palika": (5,), "nagarpalika": (5,), "nagar parishad": (5, 7), "nagarparishad": (5, 7),
    "municipality": (5,), "municipal council": (5, 21), "municipal board": (5,), "m cl": (5,),
    "municipal committee": (5, 6), "notified area council": (6,), "notified area committee": (6,),
    "nagar panchayat": (7,), "nagarpanchayat": (7,), "nagar panchayath": (7,), "nagarpanchayath": (7,),
    "town panchayat": (7,), "town panchayath": (7,),
    "महानगरपालिका": (4,), "महानगर पालिका": (4,), "नगर निगम": (4,), "नगर पालिका परिषद": (5,),
    "नगर पालिका": (5,), "नगरपालिका": (5,), "नगर परिषद": (5, 7), "नगर पंचायत": (7,), "नगरपंचायत": (7,),
    "छावनी परिषद": (CANTONMENT_BOARD,), "छावनी बोर्ड": (CANTONMENT_BOARD,),
    "cantonment board": (CANTONMENT_BOARD,), "cantonment": (CANTONMENT_BOARD,), "cantt": (CANTONMENT_BOARD,),
}  # fmt: skip
# Abbreviations are taken for such words only at either end of a name.
SHORT: Mapping[str, tuple[int, ...]] = {
    "mc": (4, 5), "mb": (5,), "np": (5, 7), "npp": (5,), "nn": (4,), "tp": (7,), "tc": (7,), "tmc": (25,),
    "cmc": (24,), "nac": (6,), "cb": (CANTONMENT_BOARD,), "m": (5,),
}  # fmt: skip
_LONGEST = sorted(WORDS, key=len, reverse=True)
_WORD = re.compile(r"(?<!\S)(?:" + "|".join(_LONGEST) + r")(?!\S)")
_JOINED = re.compile(r"(?<=\S{3})(?:" + "|".join(w.replace(" ", "") for w in _LONGEST) + r")$")
_SHORT = "|".join(SHORT)
_EDGE = re.compile(rf"^(?:{_SHORT}) (?=\S{{3}})|(?<=\S{{3}}) (?:{_SHORT})$")
_BRACKETS = re.compile(r"\([^)]*\)?")
_SOUNDS = (
    ("ksh", "x"), ("ks", "x"), ("ph", "f"), ("sh", "s"), ("ck", "k"), ("q", "k"), ("z", "j"), ("w", "v"),
    ("oo", "u"), ("ou", "u"), ("ee", "i"), ("ei", "ai"), ("ey", "i"), ("y", "i"), ("au", "o"),
)  # fmt: skip
_BREATH = re.compile(r"(?<=[bcdgjkpt])h")
# Not of digits: Ward 11 is not Ward 1.
_DOUBLE = re.compile(r"(\D)\1+")
SIMILAR = 0.5
# Letters; a ULB's name is at most as long (`Ulb.name`).
LONGEST = 200
# The first and the last code point of the script in which Hindi is written.
DEVANAGARI = (0x0900, 0x097F)


def in_devanagari(name: str) -> bool:
    """Whether who reads Hindi can read it, by its first letter: the database can ask no more."""
    shown = line(name[:8])
    return bool(shown) and DEVANAGARI[0] <= ord(shown[0]) <= DEVANAGARI[1]


def normal(name: str) -> str:
    """`Amravati Municipal Corporation` and `amravatimunicipalcorp` brought to one form.

    Only letters and digits of the name proper are left; a name that is nothing but such words keeps them.
    """
    plain = _plain(name)
    bare = _EDGE.sub("", " ".join(_WORD.sub(" ", plain).split())).replace(" ", "")
    return _JOINED.sub("", bare) or plain.replace(" ", "")


def sound(name: str) -> str:
    """The name as it is heard: `Thirupathur` and `Tirupattur` are one, `Rampur` and `Rampura` are not."""
    form = normal(name)
    for written, heard in _SOUNDS:
        form = form.replace(written, heard)
    return _DOUBLE.sub(r"\1", _BREATH.sub("", form)).replace("ai", "e")


def types_of(name: str) -> frozenset[int]:
    """The LGD types that the words in a name can mean; none when it has no such word."""
    plain = _plain(name)
    word = _WORD.search(plain) or _JOINED.search(plain.replace(" ", ""))
    if word:
        said = word[0].strip()
        return frozenset(WORDS.get(said) or next(WORDS[w] for w in _LONGEST if w.replace(" ", "") == said))
    edge = _EDGE.search(plain)
    return frozenset(SHORT[edge[0].strip()]) if edge else frozenset()


def alike(one: str, other: str) -> float:
    """How alike two names are, from 0 to 1. What is longer than any name is like no other."""
    if max(len(one), len(other)) > LONGEST:
        return float(one == other)
    return SequenceMatcher(None, sound(one), sound(other), autojunk=False).ratio()


def _plain(name: str) -> str:
    """Small letters of one form, without marks on Latin letters, words parted by one space."""
    folded = normal_form("NFKD", loose(name)).casefold()
    kept = "".join(c for c in folded if not unicodedata.combining(c) or "\u0900" <= c <= "\u0dff")
    return " ".join(re.sub(r"[^\w\s\u0900-\u0dff]|_", " ", kept).split())


@dataclass(slots=True)
class Names:
    """The names of one state's ULBs, to find which of them another name means."""

    types: dict[int, int] = field(default_factory=dict)
    forms: dict[str, set[int]] = field(default_factory=dict)
    sounds: dict[str, set[int]] = field(default_factory=dict)
    aliases: dict[str, set[int]] = field(default_factory=dict)
    heard: dict[int, set[str]] = field(default_factory=dict)

    def add(self, ulb: int, type_code: int, name: str, aliases: Iterable[str] = ()) -> None:
        """A name is found without what stands in brackets, too: then it may mean several."""
        self.types[ulb] = type_code
        for text in {name, _BRACKETS.sub(" ", name)} - {"", " "}:
            self.forms.setdefault(normal(text), set()).add(ulb)
            self._hear(text, ulb)
        for text in aliases:
            self.aliases.setdefault(normal(text), set()).add(ulb)
            self._hear(text, ulb)

    def _hear(self, text: str, ulb: int) -> None:
        form = sound(text)
        self.sounds.setdefault(form, set()).add(ulb)
        self.heard.setdefault(ulb, set()).add(form)

    def means(self, name: str) -> tuple[int | None, str]:
        """The one ULB that a name means for sure, and how it was found (`alias`, `name`); else None.

        Several that fit are told apart by the word for their type; a Cantonment Board is meant only by
        a name that says so. What sounds alike counts where nothing is written alike.
        """
        types = types_of(name)
        form = normal(name)
        for how, found in (
            ("alias", self.aliases.get(form)),
            ("name", self.forms.get(form)),
            ("name", self.sounds.get(sound(name))),
        ):
            if found:
                fit = {ulb for ulb in found if self.types[ulb] in types}
                sure = found if len(found) == 1 else fit
                one = next(iter(sure)) if len(sure) == 1 else None
                board = one is not None and self.types[one] == CANTONMENT_BOARD
                return (one, how) if one is not None and board == (CANTONMENT_BOARD in types) else (None, "")
        return None, ""

    def nearest(self, name: str, count: int = 5) -> list[int]:
        """The ULBs whose names are most alike, best first; those that are hardly alike are left out."""
        if len(name) > LONGEST:
            return []
        form = sound(name)
        match = SequenceMatcher(None, autojunk=False)
        match.set_seq2(form)
        ranked: list[tuple[float, int]] = []
        for ulb, forms in self.heard.items():
            best = 0.0
            for other in forms:
                match.set_seq1(other)
                if match.real_quick_ratio() > SIMILAR and match.quick_ratio() > SIMILAR:
                    best = max(best, match.ratio())
            if best > SIMILAR:
                ranked.append((-best, ulb))
        return [ulb for _score, ulb in sorted(ranked)[:count]]


def matching(text: str, towns: Iterable[Any]) -> list[Any]:
    """The towns that a person means: by the LGD code in the text, else by name or local name."""
    code = re.search(r"\b\d{6}\b", text)
    if code:
        return [town for town in towns if town.lgd_code == int(code[0])]
    form = normal(text)
    return [town for town in towns if form and form in {normal(town.name), normal(town.name_local)}]
