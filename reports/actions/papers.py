"""What anyone who holds a paper may ask: whether it is ours, and what took its place."""

import hashlib
from dataclasses import dataclass

from nudm.core import scope
from reports import signing, snapshot
from reports.models import Report


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a holder of a paper may know: that it is ours, of what, from when, what took its place, and
    which older one it corrects (of that no more than is printed on this paper, and when it was made)."""

    report: Report
    signed: bool
    newer: str
    older: Report | None


@scope.national()
def check(code: str) -> Verdict | None:
    """The report with this code. None: no paper of ours has it."""
    wanted = signing.read_code(code)
    found = Report.objects.filter(code=wanted, made_at__isnull=False) if len(wanted) == 14 else None
    row = (
        found.select_related("state", "supersedes", "superseded_by", "closure").first()
        if found is not None
        else None
    )
    if row is None:
        return None
    newer = getattr(row, "superseded_by", None)
    return Verdict(
        report=row,
        signed=signing.holds(row.digest, row.signature, row.signed_with),
        newer=newer.code if newer is not None and newer.made_at else "",
        older=row.supersedes if row.supersedes is not None and row.supersedes.made_at else None,
    )


def fits(report: Report, content: bytes) -> bool:
    """Whether a file is this report: its PDF to the byte, or its JSON, however that is spaced."""
    if hashlib.sha256(content).hexdigest() == report.file_sha256:
        return True
    return snapshot.digest_of_text(content) == report.digest
