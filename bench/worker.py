"""A worker of reports as the queue's, with the whole program loaded and nothing of the measure."""

import json
import os
import sys
from pathlib import Path

from django.core.checks import run_checks

from nudm.celery import app
from nudm.core import pdf


def main() -> None:
    """Lay the order out once for each byte of standard input, with a press that is warm."""
    app.loader.init_worker()
    app.finalize()
    run_checks()
    page, css = json.loads(Path(sys.argv[1]).read_text())
    pdf.render(page, css)
    print("ready", flush=True)
    while os.read(0, 1):
        pdf.render(page, css)


if __name__ == "__main__":
    main()
