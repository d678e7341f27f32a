"""`manage.py make_bucket`: the bucket of STORAGE_URL, where the storage has none yet."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import default_storage
from django.core.management.base import CommandError

from nudm.core.commands import BaseCommand


class Command(BaseCommand):
    help = "Make the bucket that STORAGE_URL names, where there is none. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        storage: Any = default_storage
        if not hasattr(storage, "bucket_name"):
            self.stdout.write("Files lie in a folder (VAR_DIR); there is no bucket to make.")
            return
        client = storage.connection.meta.client
        try:
            client.head_bucket(Bucket=storage.bucket_name)
            self.stdout.write(f"The bucket {storage.bucket_name} is there.")
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
                raise CommandError(f"The storage refuses this key: {error}") from error
            self._make(client, storage.bucket_name)
        except BotoCoreError as error:
            raise CommandError(f"The storage does not answer: {error}") from error

    def _make(self, client: Any, name: str) -> None:
        try:
            client.create_bucket(Bucket=name)
        except ClientError as error:
            raise CommandError(f"This key may not make the bucket {name}: {error}") from error
        self.stdout.write(f"The bucket {name} is made.")
