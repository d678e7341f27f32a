"""Another database and another storage, empty."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from django.db import connection

from tests.core.elsewhere import Elsewhere


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    """Another file on SQLite; on PostgreSQL another database of the same server."""
    if connection.vendor == "sqlite":
        yield Elsewhere(tmp_path / "elsewhere", "")
        return
    known, name = connection.settings_dict, f"elsewhere_{uuid.uuid4().hex}"
    server = psycopg2.connect(host=known["HOST"], port=known["PORT"], user=known["USER"], dbname="postgres")
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        url = f"postgres://{known['USER']}@{known['HOST']}:{known['PORT']}/{name}"
        yield Elsewhere(tmp_path / "elsewhere", url)
        cursor.execute(f"DROP DATABASE {name}")
    server.close()
