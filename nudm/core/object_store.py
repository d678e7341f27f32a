"""An S3-compatible store that is waited for as long as a person would, and not again at once."""

from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (
    ConnectionClosedError,
    HTTPClientError,
    IncompleteReadError,
    ResponseStreamingError,
)
from botocore.exceptions import (
    ConnectionError as NoConnection,
)
from storages.backends.s3 import S3Storage

from nudm.core.peers import ANSWER, BREAKERS, CONNECT, Away

NO_ANSWER = (NoConnection, HTTPClientError, IncompleteReadError, ResponseStreamingError)


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
            events.register("before-call.s3", _before)
            events.register("after-call.s3", _after)
            events.register("after-call-error.s3", _failed)
        return made


def _before(**_call: Any) -> None:
    if BREAKERS["store"].open_now():
        raise Away("store")


def _after(http_response: Any = None, **_call: Any) -> None:
    # A store behind a proxy that finds it gone, or that says itself that it is too busy.
    if http_response is not None and http_response.status_code in {502, 503, 504}:
        BREAKERS["store"].failed(http_response.status_code)
        raise Away("store")
    BREAKERS["store"].answered()


def _failed(exception: Exception, **_call: Any) -> None:
    if isinstance(exception, ConnectionClosedError):
        # A line that was kept too long says nothing of the server.
        raise Away("store") from exception
    if isinstance(exception, NO_ANSWER):
        BREAKERS["store"].failed(exception)
        raise Away("store") from exception
