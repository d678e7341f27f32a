"""The child that lays out PDFs: reads style and page on standard input, writes the PDF on standard output.

It fetches nothing: all that a report shows is in its page.
"""

import resource
import sys
from typing import Any

from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

MEMORY = 1_500 * 1024 * 1024
CPU_SECONDS = 80


class Nothing(URLFetcher):
    """Knows no address at all."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        raise ValueError(f"a report may not fetch {url[:80]}")


def main() -> None:
    """Lay out one page within the limits."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    css_size, file_size, name = sys.stdin.buffer.readline().decode().rstrip("\n").split(" ", 2)
    css = sys.stdin.buffer.read(int(css_size)).decode()
    content = sys.stdin.buffer.read(int(file_size))
    page = sys.stdin.buffer.read().decode()
    attached = [Attachment(string=content, name=name, relationship="Data")] if content else []
    fetcher = Nothing()
    fonts = FontConfiguration()
    sheet = CSS(string=css, font_config=fonts, url_fetcher=fetcher)
    document = HTML(string=page, url_fetcher=fetcher, base_url=None)
    sys.stdout.buffer.write(
        document.write_pdf(
            stylesheets=[sheet], font_config=fonts, attachments=attached, pdf_variant="pdf/ua-1"
        )
    )


if __name__ == "__main__":
    main()
