"""The press that lays out PDFs: it stays, it is replaced when it dies, and it fetches nothing."""

import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pypdf import PdfReader

from nudm.core import pdf

PAGE = "<html lang='en'><title>t</title><p>words</p>"
FONTS = 'body { font-family: "Noto Sans", "Noto Sans Devanagari" }'
HINDI = "कार्यक्रम की स्थिति: उपयोगकर्ता स्वीकृति परीक्षण (यूएटी) एवं पूरे राज्य/संघ राज्य क्षेत्र में विस्तार"


def test_devanagari_is_read_out_of_a_page_as_it_was_written(tmp_path: Path) -> None:
    """By readers that know of text beside shapes and by those that read shape by shape."""
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(pdf.render(f"<!doctype html><html lang='hi'><title>अ</title><p>{HINDI}</p>", FONTS))
    read = subprocess.run(["pdftotext", "-raw", paper, "-"], capture_output=True, text=True, check=True)
    assert "".join(read.stdout.split()) == "".join(HINDI.split())
    plain = PdfReader(paper).pages[0].extract_text()
    assert plain.replace("\n", " ") == HINDI


def test_one_press_serves_one_order_after_the_other() -> None:
    first = pdf.render(PAGE)
    child = pdf.press().child
    assert first.startswith(b"%PDF") and pdf.render(PAGE).startswith(b"%PDF")
    assert child is not None and pdf.press().child is child


def test_a_press_that_was_killed_is_replaced_and_a_garbled_order_harms_no_other() -> None:
    pdf.render(PAGE)
    child = pdf.press().child
    assert child is not None
    child.kill()
    child.wait()
    assert pdf.render(PAGE).startswith(b"%PDF")
    assert pdf.press().order(b"no order\n")[0] == "failed"
    assert pdf.render(PAGE).startswith(b"%PDF")


def test_a_busy_machine_is_no_verdict_on_a_page() -> None:
    """The alarm of the clock lets the work be tried again; only the processor's time is the page's own."""
    pdf.render(PAGE)
    press = pdf.press().child
    assert press is not None
    children = Path(f"/proc/{press.pid}/task/{press.pid}/children")
    with ThreadPoolExecutor() as pool:
        laid = pool.submit(pdf.render, PAGE + "<p>long</p>" * 20_000)
        while not (child := children.read_text()):
            time.sleep(0.01)
        os.kill(int(child), signal.SIGALRM)
        with pytest.raises(TimeoutError):
            laid.result()


@pytest.mark.parametrize("scheme", ["file://", ""])
def test_a_report_takes_nothing_from_the_disk(tmp_path: Path, scheme: str) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9"/></svg>')
    without = pdf.render(PAGE + "<img alt='x'>")
    fetched = pdf.render(PAGE + f"<img alt='x' src='{scheme}{secret}'>")
    assert abs(len(fetched) - len(without)) < 40
