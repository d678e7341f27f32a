"""The proxy as it is deployed: a real nginx with the files of deploy/nginx, in front of servers of ours."""

import http.client
import json
import re
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tools.test import free_port, wait_for

HERE = Path(__file__).resolve().parent.parent
NGINX = "/usr/sbin/nginx"


class Behind(BaseHTTPRequestHandler):
    """Says what it was asked with."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps(dict(self.headers.items())).encode()
        self.send_response(int(self.headers.get("X-Answer", 200)))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_words: Any) -> None:
        """The tests' output is not its log."""


@contextmanager
def behind() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Behind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Proxy:
    """An nginx on free ports. Only paths, ports and names of hosts differ from what is deployed."""

    def __init__(self, folder: Path, kind: str, web: str, balancer: str = "127.0.0.1") -> None:
        self.folder, self.plain, self.secure = folder, free_port(), free_port()
        self.upstream = folder / "nudm/upstream.conf"
        ports = {"listen 80;": f"listen 127.0.0.1:{self.plain};"}
        ports |= {"listen 443 ssl;": f"listen localhost:{self.secure} ssl;", ":8081": f":{free_port()}"}
        changes = ports | {"/etc/nginx/nudm": str(folder / "nudm"), "/etc/nginx/tls": str(folder)}
        changes |= {"/etc/nginx/typed.js": str(HERE / "static/js/typed.js")}
        changes |= {"${BALANCER}": balancer, "/dev/stdout": str(folder / "access.log")}
        for path in (HERE / "deploy/nginx").rglob("*"):
            target = folder / "nudm" / path.relative_to(HERE / "deploy/nginx")
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.is_file():
                text = path.read_text()
                for old, new in changes.items() if path.suffix == ".conf" else ():
                    text = text.replace(old, new)
                target.write_text(text)
        self.upstream.write_text(f"server {web} max_fails=0;\n")
        words = [
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ]
        places = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
        subprocess.run(
            ["openssl", *words, *places, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
            check=True,
            capture_output=True,
        )
        temporary = "".join(
            f"{name}_temp_path {folder}/{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off;\nworker_processes 2;\nuser root;\npid {folder}/pid;\n"
            f"error_log {folder}/error.log;\n"
            "events { worker_connections 512; }\nhttp {\ninclude /etc/nginx/mime.types;\n"
            f"{temporary}include {folder}/nudm/{kind}.conf;\n}}\n"
        )

    @contextmanager
    def started(self) -> Iterator["Proxy"]:
        self.server = subprocess.Popen([NGINX, "-c", str(self.folder / "nginx.conf"), "-p", str(self.folder)])
        try:
            wait_for(self.plain)
            yield self
        finally:
            self.server.terminate()
            self.server.wait(20)

    def reload(self) -> None:
        subprocess.run([NGINX, "-c", str(self.folder / "nginx.conf"), "-s", "reload"], check=True)

    def ask(
        self, path: str = "/", *, secure: bool = False, data: bytes | None = None, **headers: str
    ) -> tuple[int, Any, bytes]:
        if secure:
            trusted = ssl.create_default_context(cafile=str(self.folder / "fullchain.pem"))
            line: Any = http.client.HTTPSConnection("localhost", self.secure, timeout=20, context=trusted)
        else:
            line = http.client.HTTPConnection("127.0.0.1", self.plain, timeout=20)
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        line.request("GET" if data is None else "POST", path, body=data, headers=named)
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read()


FORGED = {
    "X_Forwarded_Proto": "https",
    "X_Forwarded_For": "10.9.9.9",
    "X_Forwarded_Host": "evil.example.in",
    "Forwarded": "for=10.9.9.9;proto=https",
}


def test_what_a_stranger_says_of_https_and_address_is_written_over(tmp_path: Path) -> None:
    with behind() as port, Proxy(tmp_path, "tls", f"127.0.0.1:{port}").started() as proxy:
        for secure, scheme in ((False, "http"), (True, "https")):
            seen = json.loads(proxy.ask(secure=secure, **FORGED)[2])
            assert seen["X-Forwarded-Proto"] == scheme
            assert seen["X-Forwarded-For"] == "127.0.0.1"
            assert "X-Forwarded-Host" not in seen and "Forwarded" not in seen


@pytest.mark.parametrize(("balancer", "proto", "address"), [
    ("127.0.0.1", "https", "10.9.9.9"),
    ("10.1.1.1", "http", "127.0.0.1"),
])  # fmt: skip
def test_only_the_balancers_word_on_https_and_address_is_taken(
    tmp_path: Path, balancer: str, proto: str, address: str
) -> None:
    with behind() as port, Proxy(tmp_path, "balancer", f"127.0.0.1:{port}", balancer).started() as proxy:
        seen = json.loads(proxy.ask(**FORGED)[2])
        assert (seen["X-Forwarded-Proto"], seen["X-Forwarded-For"]) == (proto, address)


def test_what_the_proxy_refuses_is_said_in_words_in_both_languages(tmp_path: Path) -> None:
    with behind() as port, Proxy(tmp_path, "tls", f"127.0.0.1:{port}").started() as proxy:
        assert proxy.ask(X_Answer="503")[2].startswith(b"{"), "the application's own error pages are its own"
        large = proxy.ask("/phases/KL/evidence/", data=b"x" * (31 * 1024 * 1024))
        program = proxy.ask("/api/v1/items/", data=b"x" * (31 * 1024 * 1024))
    assert (large[0], program[0]) == (413, 413)
    assert "25 MB" in large[2].decode() and re.search("[\u0900-\u097f]", large[2].decode())
    assert program[1]["Content-Type"] == "application/problem+json"
    assert json.loads(program[2])["code"] == "too_large"
    with Proxy(tmp_path / "down", "tls", f"127.0.0.1:{free_port()}").started() as proxy:
        page, program = proxy.ask("/states/KL/"), proxy.ask("/api/v1/states/")
        style, script = proxy.ask("/static-errors.css"), proxy.ask("/static-typed.js")
    for status, headers, body in (page, program):
        assert (status, headers["Retry-After"]) == (503, "30")
        assert headers["Cache-Control"] == "no-store" and b"nginx" not in body
    text = page[2].decode()
    assert "Wait half a minute" in text and re.search("[\u0900-\u097f]", text) and 'lang="hi"' in text
    assert json.loads(program[2])["status"] == 503
    assert style[0] == 200 and "text/css" in style[1]["Content-Type"]
    assert script[0] == 200 and "javascript" in script[1]["Content-Type"]
    for shown in (text, large[2].decode()):
        assert '<script src="/static-typed.js" defer>' in shown and shown.count("data-kept hidden") == 2
    assert "script-src 'self'" in page[1]["Content-Security-Policy"]


def test_a_flood_from_one_address_is_slowed_and_a_busy_morning_is_not(tmp_path: Path) -> None:
    with behind() as port, Proxy(tmp_path, "tls", f"127.0.0.1:{port}").started() as proxy:
        busy = [proxy.ask()[0] for _n in range(100)]
        subprocess.run(["sed", "-i", "s/rate=100r/rate=1r/", str(tmp_path / "nudm/http.conf")], check=True)
    (site := tmp_path / "nudm/site.conf").write_text(site.read_text().replace("burst=400", "burst=5"))
    assert set(busy) == {200}
    with behind() as port:
        proxy.upstream.write_text(f"server 127.0.0.1:{port};")
        with proxy.started():
            flood = [proxy.ask() for _n in range(12)]
    refused = [answer for answer in flood if answer[0] == 429]
    assert len(refused) >= 5 and "Retry-After" in refused[0][1] and "network" in refused[0][2].decode()
