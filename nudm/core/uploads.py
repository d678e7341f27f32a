"""What an uploaded file really is. Checked before anything is stored."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nudm.core.contents import Fault, fault_of
from nudm.core.errors import Refused
from nudm.core.normal_form import normal_form
from nudm.core.opening import fault_in_opening

# What telephones save photos as, and who reads them elsewhere cannot open.
PHONE_PHOTOS = frozenset({"heic", "heif"})
KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "jpg": "image/jpeg",
    "png": "image/png",
}
MB = 1024 * 1024
# Letters of Indian scripts are joined by two marks that are shown as part of the letter.
JOINERS = {"\u200c", "\u200d"}
UNSHOWN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that passed: cleaned name, size in bytes, SHA-256 in hex, and its true type."""

    name: str
    size: int
    sha256: str
    mime: str


def check_upload(file: UploadedFile, *, limit: int | None = None) -> Checked:
    """Say what the file is, or raise Refused with what is wrong and what to do next.

    Name and length are checked before anything is read; extension and content must agree. The type that
    the client declares decides nothing: it is the operating system's guess. Office files are looked at by
    their directory before anything is unpacked, pictures by their header before decoding; what runs by
    itself is not taken, nor what does not open for its reader (`nudm.core.opening`).
    """
    size = file.size or 0
    name, kind = check_label(file.name or "", size, limit=limit)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    fault = fault_of(file, kind) or fault_in_opening(file, kind)
    file.seek(0)
    if fault is not None:
        raise _faulty(fault, name, kind)
    return Checked(name=name, size=size, sha256=digest.hexdigest(), mime=KINDS[kind])


def check_label(name: str, size: int, *, limit: int | None = None) -> tuple[str, str]:
    """The cleaned name and the kind of a file, by what it is called and how long it is said to be.

    Raises Refused for a kind or a length that is not taken. Nothing of the content is read.
    """
    name = clean_name(name)
    kind = PurePosixPath(name).suffix.lower().lstrip(".").replace("jpeg", "jpg")
    if kind not in KINDS:
        if kind in PHONE_PHOTOS:
            raise _refused(_("Photos in the format HEIC are not taken. Save the photo as JPG and send that."))
        raise _refused(_("Files of this kind are not taken. Upload PDF, DOCX, XLSX, CSV, JPG or PNG."))
    limit = limit or limit_of(kind)
    if size > limit:
        raise _refused(
            _("The file is larger than %(limit)s MB. Scan at a lower resolution or split it.")
            % {"limit": limit // MB}
        )
    if size <= 0:
        raise _refused(_("The file is empty. Choose the file again."))
    return name, kind


def limit_of(kind: str) -> int:
    """The largest size of a kind of file in bytes: the setting's for it, never more than for all."""
    return min(int(settings.EVIDENCE_LIMITS.get(kind, 1_000) * MB), settings.EVIDENCE_MAX_BYTES)


def limits_in_words() -> str:
    """What is taken, for the form; after it the kinds that have a limit of their own."""
    most = settings.EVIDENCE_MAX_BYTES
    words = _("PDF, DOCX, XLSX, CSV, JPG or PNG, up to %(limit)s MB.") % {"limit": most // MB}
    own = [f"{kind.upper()} {limit_of(kind) // MB} MB" for kind in KINDS if limit_of(kind) < most]
    return " ".join([words, _("At most: %(limits)s.") % {"limits": ", ".join(own)}] if own else [words])


def clean_name(name: str) -> str:
    """A name that is safe to show: NFC, last path part, no control or direction marks, 120 characters."""
    name = normal_form("NFC", name).replace("\\", "/").split("/")[-1]
    name = "".join(c for c in name if unicodedata.category(c) not in UNSHOWN or c in JOINERS).strip()
    path = PurePosixPath(name or "file")
    return path.stem[: 120 - len(path.suffix)] + path.suffix


# What is wrong with a content, and what to do; `%(name)s` is the file's name, `%(kind)s` its kind.
FAULTS: Mapping[Fault, Any] = {
    Fault.OTHER: gettext_lazy(
        "The content is not what the name “%(name)s” says. Save it again as a real %(kind)s file."
    ),
    Fault.ACTIVE: gettext_lazy(
        "The file holds a macro, a script or a formula that runs by itself. Save it as a plain PDF."
    ),
    Fault.PIXELS: gettext_lazy("The picture has too many points. Scan or save it at a lower resolution."),
    Fault.EMPTY: gettext_lazy("“%(name)s” is a table without a word or a number. Export it again."),
    Fault.ENCODING: gettext_lazy(
        "“%(name)s” is not in UTF-8: another computer would show other letters. Save it as CSV UTF-8 or as "
        "xlsx."
    ),
    Fault.LOCKED: gettext_lazy(
        "“%(name)s” asks for a password, so nobody else could read it. Save it without a password and "
        "upload that."
    ),
    Fault.NO_PAGES: gettext_lazy("“%(name)s” has no pages. Scan or export it again."),
    Fault.DAMAGED: gettext_lazy(
        "“%(name)s” does not open: it is damaged or cut off. Open it on your computer and save it again as "
        "%(kind)s, or scan it again."
    ),
    Fault.ENTITIES: gettext_lazy(
        "A part of “%(name)s” declares text that unfolds when it is opened. Save it anew with an office "
        "program as %(kind)s."
    ),
    Fault.OUTSIDE: gettext_lazy(
        "“%(name)s” takes values from another file, which its reader does not have. Break the links to "
        "other workbooks, or save it as PDF."
    ),
    Fault.SLOW: gettext_lazy("“%(name)s” could not be looked at in time. Upload it again in a few minutes."),
}


def _faulty(fault: Fault, name: str, kind: str) -> Refused:
    return _refused(str(FAULTS[fault]) % {"name": name, "kind": kind.upper()})


def _refused(message: str) -> Refused:
    return Refused(message, code="file", fields={"file": [message]})
