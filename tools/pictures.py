"""Takes the pictures in docs/pictures from a running demonstration: six pages and a report's pages."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).resolve().parent.parent
OUT = HERE / "docs" / "pictures"
PORT = "8972"
BASE = f"http://127.0.0.1:{PORT}"
PAGES = (
    ("dashboard", "reviewer@demo.nudm", "/"),
    ("state", "state.kl@demo.nudm", "/states/KL/"),
    ("checklist", "state.kl@demo.nudm", "/phases/KL/2/"),
    ("line", "state.kl@demo.nudm", "/phases/KL/2/2.processes_standardised/"),
    ("review", "reviewer@demo.nudm", "/phases/review/"),
    ("towns", "state.mh@demo.nudm", "/ulbs/MH/"),
)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]


def main() -> int:
    """Start a demonstration of its own, take every picture, stop it."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"VAR_DIR": folder, "PORT": PORT}
        program = subprocess.Popen([sys.executable, "tools/run.py"], cwd=HERE, env=environment)
        try:
            wait()
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
                for width, name in ((1366, "desktop"), (360, "phone")):
                    take(browser, width, name, "en")
                take(browser, 1366, "hindi", "hi")
                browser.close()
            report(environment)
        finally:
            program.terminate()
            program.wait(30)
    return 0


def take(browser: Browser, width: int, name: str, language: str) -> None:
    """Every page once, as its person, in one width and language."""
    for page_name, email, url in PAGES:
        context = browser.new_context(viewport={"width": width, "height": 900})
        page = context.new_page()
        page.goto(f"{BASE}/accounts/login/")
        page.fill("[name=username]", email)
        page.fill("[name=password]", os.environ.get("DEMO_PASSWORD", "nudm-demo-2026"))
        page.click("main button")
        context.add_cookies([{"name": "django_language", "value": language, "url": BASE}])
        page.goto(BASE + url)
        if width > 400:
            # What sticks to the window's edge stands at the page's end, not across its middle.
            page.set_viewport_size({"width": width, "height": page.evaluate("document.body.scrollHeight")})
        page.screenshot(path=str(OUT / f"{page_name}-{name}.png"), full_page=width > 400)
        context.close()


def report(environment: dict[str, str]) -> None:
    """The first pages of a state's report, in both languages."""
    for language in ("en", "hi"):
        pdf = OUT / "report.pdf"
        command = ["manage.py", "render_report", "--state", "KL", "--language", language, "--out", str(pdf)]
        subprocess.run([sys.executable, *command], cwd=HERE, env=environment | {"DEMO": "1"}, check=True)
        target = str(OUT / f"report-{language}")
        subprocess.run(["pdftoppm", "-r", "60", "-l", "2", "-png", str(pdf), target], check=True)
        pdf.unlink()


def wait() -> None:
    """Until the demonstration answers."""
    for _try in range(600):
        try:
            urllib.request.urlopen(f"{BASE}/accounts/login/", timeout=1)
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the demonstration did not answer within a minute")


if __name__ == "__main__":
    sys.exit(main())
