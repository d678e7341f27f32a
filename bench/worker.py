"""A worker of reports, with the whole program loaded and nothing of the measure: its memory is measured."""

from typing import Any

import django

from nudm.core import pdf


def work(ready: Any, go: Any, todo: Any, page: str, css: str) -> None:
    """Lay out until there is no more to do, with a press that is warm."""
    django.setup()
    pdf.render(page, css)
    ready.wait()
    go.wait()
    while todo.get():
        pdf.render(page, css)
