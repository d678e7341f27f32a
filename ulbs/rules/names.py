"""Names of ULBs as they are compared: without case, marks, spaces or the words for what a ULB is."""

import re
import unicodedata

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
