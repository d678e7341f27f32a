"""A stored file on its way to a reader who may have it."""

from typing import Any

from django.http import FileResponse, Http404


def attachment(row: Any) -> FileResponse:
    """An accepted file as an attachment that no browser runs.

    Ask for it before the download is written into the log: the line holds its State/UT's row until the
    transaction ends, and a slow store is not to keep everybody else waiting. Raises Http404 where the store
    has lost the file, Away where it does not answer.
    """
    try:
        content = row.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    answer = FileResponse(content, as_attachment=True, filename=row.name, content_type=row.mime)
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
