#!/usr/bin/env python
"""The command line of the NUDM Tracker."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError, OperationalError, ProgrammingError


def main() -> None:
    """Run a command. What the database or the settings refuse is said in words, without a traceback."""
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"The settings are not complete: {error}")
    except (OperationalError, ProgrammingError) as error:
        sys.exit(explained(error))


def explained(error: DatabaseError) -> str:
    """What a database's refusal means for whoever runs a command, and what to do next."""
    words = str(error).strip()
    code = getattr(error.__cause__, "pgcode", None)
    if code == "42501":
        return (
            f"The database role of DATABASE_URL may not do this: {words}.\n"
            "Run the command as the owner of the tables (docs/operations.md, Run a command)."
        )
    if code == "42P01" or "no such table" in words:
        return f"The database is not prepared: {words}.\nRun manage.py migrate as the owner of the tables."
    if code is None or code.startswith(("08", "28", "53", "57P", "3D")):
        return f"The database does not answer as it should: {words}\nIs it up, and is DATABASE_URL right?"
    raise error


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nudm.settings")
    main()
