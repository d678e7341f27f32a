"""What an uploaded file really is. Checked before anything is stored."""

import hashlib
import struct
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

import puremagic
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from nudm.core.errors import Refused

KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "jpg": "image/jpeg",
    "png": "image/png",
}
MAX_PIXELS = 50_000_000
MAX_MEMBERS = 2_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_GROWTH = 100


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that passed: cleaned name, size in bytes, SHA-256 in hex, and its true type."""

    name: str
    size: int
    sha256: str
    mime: str


def check_upload(file: UploadedFile, *, limit: int | None = None) -> Checked:
    """Say what the file is, or raise Refused with what is wrong and what to do next.

    Length is checked before reading; extension and content must agree; office files are looked at
    by their directory before anything is unpacked, pictures by their header before decoding.
    """
    limit = limit or settings.EVIDENCE_MAX_BYTES
    size = file.size or 0
    if size > limit:
        raise _refused(
            _("The file is larger than %(limit)s MB. Scan at a lower resolution or split it.")
            % {"limit": limit // (1024 * 1024)}
        )
    if size == 0:
        raise _refused(_("The file is empty. Choose the file again."))
    name = clean_name(file.name or "")
    kind = PurePosixPath(name).suffix.lower().lstrip(".").replace("jpeg", "jpg")
    if kind not in KINDS:
        raise _refused(_("Files of this kind are not taken. Upload PDF, DOCX, XLSX, CSV, JPG or PNG."))
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    if not _content_agrees(file, kind):
        raise _refused(
            _("The content is not what the name “%(name)s” says. Save it again as a real %(kind)s file.")
            % {"name": name, "kind": kind.upper()}
        )
    file.seek(0)
    return Checked(name=name, size=size, sha256=digest.hexdigest(), mime=KINDS[kind])


def clean_name(name: str) -> str:
    """A name that is safe to show: NFC, last path part, no control or direction marks, 120 characters."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")[-1]
    name = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"}).strip()
    path = PurePosixPath(name or "file")
    return path.stem[: 120 - len(path.suffix)] + path.suffix


def _content_agrees(file: UploadedFile, kind: str) -> bool:
    head = file.read(1024 * 64)
    if kind == "csv":
        return _is_text(file, head)
    if kind in {"docx", "xlsx"}:
        return _is_office(file, "word/" if kind == "docx" else "xl/")
    try:
        found = {match.extension for match in puremagic.magic_string(head)}
    except puremagic.PureError:
        return False
    if kind == "png":
        return ".png" in found and _png_pixels(head) <= MAX_PIXELS
    if kind == "jpg":
        return bool(found & {".jpg", ".jpeg"}) and _jpeg_pixels(head) <= MAX_PIXELS
    return bool(head.lstrip().startswith(b"%PDF-"))


def _is_text(file: UploadedFile, head: bytes) -> bool:
    rest = file.read()
    try:
        (head + rest).decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return b"\0" not in head and b"\0" not in rest


def _is_office(file: UploadedFile, folder: str) -> bool:
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:  # type: ignore[arg-type]
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    names = {member.filename for member in members}
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    return (
        "[Content_Types].xml" in names
        and any(name.startswith(folder) for name in names)
        and not any("vbaProject" in name or ".." in name for name in names)
        and len(members) <= MAX_MEMBERS
        and unpacked <= MAX_UNPACKED
        and unpacked / packed <= MAX_GROWTH
    )


def _png_pixels(head: bytes) -> int:
    if len(head) < 24:
        return MAX_PIXELS + 1
    width, height = struct.unpack(">II", head[16:24])
    return int(width * height)


def _jpeg_pixels(head: bytes) -> int:
    """Width times height from the first start-of-frame segment; too many where none is found."""
    place = 2
    while place + 9 < len(head):
        if head[place] != 0xFF:
            return MAX_PIXELS + 1
        marker = head[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", head[place + 5 : place + 9])
            return int(width * height)
        place += 2 + struct.unpack(">H", head[place + 2 : place + 4])[0]
    return MAX_PIXELS + 1


def _refused(message: str) -> Refused:
    return Refused(message, code="file", fields={"file": [message]})
