"""PDF from HTML, rendered in a limited child process."""

import subprocess
import sys

from django.utils.translation import gettext as _

from nudm.core.errors import Refused

SECONDS = 90


class PdfFailed(Refused):
    """The page could not be laid out within its limits."""

    code = "pdf_failed"


def render(html: str, css: str = "", attached: tuple[str, bytes] | None = None) -> bytes:
    """A tagged PDF (PDF/UA-1) of an HTML page with an optional style sheet and one file inside it.

    The child has no way to files or the network, and limits on time and memory. Raises PdfFailed.
    """
    try:
        child = subprocess.run(
            [sys.executable, "-m", "nudm.core.pdf_child"],
            input=_packed(html.encode(), css.encode(), attached or ("", b"")),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PdfFailed(_("The report took too long to lay out. Choose fewer rows.")) from error
    if child.returncode != 0 or not child.stdout.startswith(b"%PDF"):
        why = child.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise PdfFailed(_("The report could not be laid out: %(why)s") % {"why": " ".join(why)})
    return child.stdout


def _packed(html: bytes, css: bytes, attached: tuple[str, bytes]) -> bytes:
    """What the child reads: the sizes and the name of the file on one line, then the parts."""
    name, content = attached
    return f"{len(css)} {len(content)} {name}\n".encode() + css + content + html
