"""Where a person is signed in. This module is the SESSION_ENGINE."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from nudm.accounts.models.people import User


class Session(AbstractBaseSession):
    """One browser's session, with what its person knows it by: since when, where, which browser."""

    person = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=60, blank=True)

    state_path = None

    @classmethod
    def get_session_store_class(cls) -> Any:
        return SessionStore

    @property
    def handle(self) -> str:
        """A name for pages and addresses: the key itself would be the session."""
        return handle_of(self.session_key)


class SessionStore(db.SessionStore):
    """Sessions in rows that say whose they are. `person` and `seen_at` come with the row, once it is loaded;
    `used` says that `seen_at` is to be written (`nudm.accounts.middleware`)."""

    person: User | None = None
    seen_at: datetime | None = None
    used = False

    @classmethod
    def get_model_class(cls) -> Any:
        return Session

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing where it is over or never was."""
        rows = Session.objects.select_related("person").filter(session_key=self.session_key)
        row: Session | None = rows.filter(expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None
            return {}
        self.person, self.seen_at = row.person, row.seen_at
        data: dict[str, Any] = self.decode(row.session_data)
        return data

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row of this session: what its data says is told by columns too. Who saves it uses it."""
        row: Session = super().create_model_instance(data)
        row.person_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.started_at, row.seen_at = _moment(data.get("started")), timezone.now()
        row.address, row.browser = data.get("address", ""), data.get("browser", "")
        return row

    def write_use(self) -> None:
        """Note that the session was used, by one statement: what it holds stays as it is."""
        Session.objects.filter(session_key=self.session_key).update(seen_at=timezone.now())


def handle_of(session_key: str | None) -> str:
    """The name of the session with this key."""
    return hashlib.sha256((session_key or "").encode()).hexdigest()[:20]


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None
