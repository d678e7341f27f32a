"""How far an uploaded file has come on its way from a stranger's hand to a reader's. Pure."""

from enum import StrEnum


class FileStatus(StrEnum):
    """Only an accepted file can be read and rested on."""

    QUARANTINE = "quarantine"
    CHECKED = "checked"
    SCANNED = "scanned"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REMOVED = "removed"


class Refusal(StrEnum):
    """Why a file was refused."""

    INFECTED = "infected"
    CONTENT = "content"
    CHANGED = "changed"


WAITING = frozenset({FileStatus.QUARANTINE, FileStatus.CHECKED, FileStatus.SCANNED})
# What is found in a stored file whose digest is not the one of its row.
CHANGED = "changed since it was uploaded"


def file_after(status: FileStatus, passed: bool | None, *, scanner: bool) -> FileStatus:
    """Where a file is after a look at it: in quarantine by the checks of its content, from then on by the
    scanner. `passed` is None where there was no verdict, which is never taken for a good one."""
    if status is FileStatus.REMOVED or (passed is None and status is not FileStatus.SCANNED):
        return FileStatus.ACCEPTED if status is FileStatus.CHECKED and not scanner else status
    if passed is False:
        return FileStatus.REFUSED
    if status is FileStatus.QUARANTINE:
        return FileStatus.CHECKED
    return FileStatus.SCANNED if status is FileStatus.CHECKED else FileStatus.ACCEPTED
