"""What an uploaded file really is. Checked before anything is stored."""

import hashlib
import struct
import unicodedata
import zipfile
import zlib
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
MAX_LIST = 2 * 1024 * 1024
# What browsers send where the operating system knows no better.
ALSO_DECLARED = {"", None, "application/octet-stream"}
ZIP = {"application/zip", "application/x-zip-compressed"}
ALSO_DECLARED_AS = {
    "csv": {"text/plain", "application/csv", "application/vnd.ms-excel"},
    "docx": ZIP,
    "xlsx": ZIP,
    "jpg": {"image/pjpeg"},
}
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
    if file.content_type not in {KINDS[kind], *ALSO_DECLARED, *ALSO_DECLARED_AS.get(kind, set())}:
        raise _not_it(name, kind)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    if not _content_agrees(file, kind):
        raise _not_it(name, kind)
    file.seek(0)
    if kind in {"png", "jpg"}:
        pixels = (_png_pixels if kind == "png" else _jpeg_pixels)(file)
        if pixels == 0:
            raise _not_it(name, kind)
        if pixels > MAX_PIXELS:
            raise _refused(_("The picture has too many points. Scan or save it at a lower resolution."))
    file.seek(0)
    return Checked(name=name, size=size, sha256=digest.hexdigest(), mime=KINDS[kind])


def clean_name(name: str) -> str:
    """A name that is safe to show: NFC, last path part, no control or direction marks, 120 characters."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")[-1]
    name = "".join(c for c in name if unicodedata.category(c) not in UNSHOWN or c in JOINERS).strip()
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
        return ".png" in found
    if kind == "jpg":
        return bool(found & {".jpg", ".jpeg"})
    file.seek(max(0, (file.size or 0) - 2048))
    return head.lstrip().startswith(b"%PDF-") and b"%%EOF" in file.read()


def _is_text(file: UploadedFile, head: bytes) -> bool:
    rest = file.read()
    try:
        (head + rest).decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return b"\0" not in head and b"\0" not in rest


def _is_office(file: UploadedFile, folder: str) -> bool:
    if _is_no_office_archive(file):
        return False
    try:
        with zipfile.ZipFile(file) as archive:  # type: ignore[arg-type]
            members = archive.infolist()
            listed = next((m for m in members if m.filename == "[Content_Types].xml"), None)
            if listed is None or listed.file_size > MAX_LIST or _runs_macros(archive.read(listed)):
                return False
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, NotImplementedError):
        return False
    names = {member.filename for member in members}
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    return (
        any(name.startswith(folder) for name in names)
        and not any("vbaproject" in name.lower() or "macrosheets/" in name.lower() for name in names)
        and not any(".." in PurePosixPath(name).parts for name in names)
        and len(members) <= MAX_MEMBERS
        and unpacked <= MAX_UNPACKED
        and unpacked / packed <= MAX_GROWTH
    )


def _is_no_office_archive(file: UploadedFile) -> bool:
    """Whether it does not begin as an archive, or says at its end (before the directory is read)
    that it has more members than an office file."""
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        return True
    file.seek(max(0, (file.size or 0) - 65_557))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) < place + 22:
        return True
    count, length = struct.unpack("<HI", tail[place + 10 : place + 16])
    return bool(count > MAX_MEMBERS or length > MAX_MEMBERS * 300)


def _runs_macros(content_types: bytes) -> bool:
    words = content_types.lower()
    return b"macroenabled" in words or b"vbaproject" in words


def _png_pixels(file: UploadedFile) -> int:
    """Width times height from the header; 0 where there is none."""
    head = file.read(24)
    if len(head) < 24 or head[12:16] != b"IHDR":
        return 0
    width, height = struct.unpack(">II", head[16:24])
    return int(width * height)


def _jpeg_pixels(file: UploadedFile) -> int:
    """Width times height from the first start-of-frame segment, wherever it lies; 0 where none is."""
    file.seek(2)
    while file.read(1) == b"\xff":
        while (mark := file.read(1)) == b"\xff":
            continue
        head = file.read(2)
        if not mark or len(head) < 2:
            return 0
        if 0xC0 <= mark[0] <= 0xCF and mark[0] not in {0xC4, 0xC8, 0xCC}:
            size = file.read(5)
            if len(size) < 5:
                return 0
            height, width = struct.unpack(">HH", size[1:])
            return int(width * height)
        file.seek(max(0, struct.unpack(">H", head)[0] - 2), 1)
    return 0


def _not_it(name: str, kind: str) -> Refused:
    return _refused(
        _("The content is not what the name “%(name)s” says. Save it again as a real %(kind)s file.")
        % {"name": name, "kind": kind.upper()}
    )


def _refused(message: str) -> Refused:
    return Refused(message, code="file", fields={"file": [message]})
