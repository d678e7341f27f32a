"""Names of ULBs as they are compared: without case, marks, spaces or the words for what a ULB is."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

SUFFIXES = (
    "municipal corporation", "nagar nigam", "mahanagar palika", "mahanagarpalika", "municipal council",
    "nagar palika parishad", "nagar palika", "nagarpalika", "nagar parishad", "nagar panchayat",
    "nagarpanchayat", "town panchayat", "town municipal council", "city municipal council",
    "notified area council", "notified area committee", "municipal committee", "municipal board",
    "cantonment board", "municipality", "corporation",
)  # fmt: skip
_SUFFIX = re.compile(r"\b(?:" + "|".join(sorted(SUFFIXES, key=len, reverse=True)) + r")\b")


def normal(name: str) -> str:
    """`Amravati Municipal Corporation` and `AMRAVATI (M Corp.)`-like spellings brought to one form.

    Only letters and digits of the name proper are left; a name that is nothing but a suffix keeps it.
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c) or "\u0900" <= c <= "\u0dff")
    words = re.sub(r"[^\w\s]|_", " ", plain)
    words = re.sub(r"\s+", " ", words).strip()
    bare = _SUFFIX.sub(" ", words)
    return re.sub(r"\s", "", bare) or re.sub(r"\s", "", words)


def matching(text: str, towns: Iterable[Any]) -> list[Any]:
    """The towns that a person means: by the LGD code in the text, else by name or local name."""
    code = re.search(r"\b\d{6}\b", text)
    if code:
        return [town for town in towns if town.lgd_code == int(code[0])]
    form = normal(text)
    return [town for town in towns if form and form in {normal(town.name), normal(town.name_local)}]
