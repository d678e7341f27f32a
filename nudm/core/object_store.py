"""An S3-compatible store that is waited for as long as a person would, and not again at once."""

import logging
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    HTTPClientError,
    IncompleteReadError,
    ResponseStreamingError,
)
from botocore.exceptions import (
    ConnectionError as NoConnection,
)
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3File, S3Storage
from storages.utils import clean_name

from nudm.core.peers import ANSWER, BREAKERS, CONNECT, SHORT, Away

NO_ANSWER = (NoConnection, HTTPClientError, IncompleteReadError, ResponseStreamingError)
# Calls of the store by which a file comes, goes and is read.
WRITES = frozenset({"PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"})
READS = frozenset({"GetObject", "HeadObject", "DeleteObject"})
REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
# Seconds that an answer says that the store is there: one upload is several calls.
FRESH = 1.0

log = logging.getLogger(__name__)


class ObjectStore(S3Storage):
    """Every call of the client, whoever makes it, is counted by the breaker of the store.

    Raises Away where the store does not answer.
    """

    def get_default_settings(self) -> dict[str, Any]:
        waits = Config(connect_timeout=CONNECT, read_timeout=ANSWER, retries={"total_max_attempts": 1})
        # One attempt in the thread of the request: threads of its own would go on waiting after it.
        once = TransferConfig(use_threads=False, num_download_attempts=1)
        held: dict[str, Any] = super().get_default_settings()
        return held | {"client_config": waits, "transfer_config": once}

    @property
    def connection(self) -> Any:
        fresh = getattr(self._connections, "connection", None) is None
        made = super().connection
        if fresh:
            events = made.meta.client.meta.events
            events.register("before-call.s3", partial(_before, _Presence(self)))
            events.register("after-call.s3", _after)
            events.register("after-call-error.s3", _failed)
        return made

    def _open(self, name: str, mode: str = "rb") -> S3File:
        name = self._normalize_name(clean_name(name))
        try:
            return StoredFile(name, mode, self)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
                raise FileNotFoundError(f"There is no file {name}.") from error
            raise


class StoredFile(S3File):
    """A file of the store. Its content is fetched at the first look into it, in one go; raises Away where the
    store falls silent in the middle of that."""

    def _get_file(self) -> Any:
        try:
            return super()._get_file()
        except (RetriesExceededError, *NO_ANSWER) as error:
            BREAKERS["store"].failed(error)
            # The half of a file is none.
            self._file = None
            raise Away("store") from error

    file = property(_get_file, S3File._set_file)


class _Presence:
    """Asks the store whether it is there, by a client that does not wait as long as for work."""

    def __init__(self, store: ObjectStore) -> None:
        short = store.client_config.merge(Config(connect_timeout=SHORT, read_timeout=SHORT))
        client = store._create_session().client(
            "s3",
            region_name=store.region_name,
            use_ssl=store.use_ssl,
            endpoint_url=store.endpoint_url,
            config=short,
            verify=store.verify,
        )
        self._question: Callable[[], Any] = partial(client.head_bucket, Bucket=store.bucket_name)
        self._asked = 0.0

    def ask(self) -> None:
        """Raises Away where nothing is answered; whatever else it says, the work itself will be told."""
        if time.monotonic() - self._asked < FRESH:
            return
        try:
            self._question()
        except (ClientError, ConnectionClosedError):
            return
        except NO_ANSWER as error:
            BREAKERS["store"].failed(error)
            raise Away("store") from error
        self._asked = time.monotonic()


def _before(presence: _Presence, **_call: Any) -> None:
    if BREAKERS["store"].open_now():
        raise Away("store")
    presence.ask()


def _after(http_response: Any = None, model: Any = None, **_call: Any) -> None:
    status, act = getattr(http_response, "status_code", 0), getattr(model, "name", "")
    # A store behind a proxy that finds it gone, or that says itself that it is broken or too busy.
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        BREAKERS["store"].failed(status)
        raise Away("store")
    BREAKERS["store"].answered()
    # The key may not, or there is no bucket: it is there, and takes and gives nothing.
    missing = status == HTTPStatus.NOT_FOUND and act in WRITES
    if missing or (status in REFUSED and act in WRITES | READS):
        log.error("the store refuses %s: %s", act, status)
        raise Away("store")


def _failed(exception: Exception, **_call: Any) -> None:
    if isinstance(exception, ConnectionClosedError):
        # A line that was kept too long says nothing of the server.
        raise Away("store") from exception
    if isinstance(exception, NO_ANSWER):
        BREAKERS["store"].failed(exception)
        raise Away("store") from exception
