"""Loaded by the fuzzing program: three paths in four lead to rows that exist."""

import json
import os
import random
from pathlib import Path
from typing import Any

import schemathesis

KNOWN: dict[str, Any] = json.loads(Path(os.environ["FUZZ_KNOWN"]).read_text())
CHOICE = random.Random(1)


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """Put a real id where a random one was."""
    if not isinstance(path_parameters, dict) or CHOICE.random() < 0.25:
        return path_parameters
    return {name: CHOICE.choice(KNOWN.get(name, [value])) for name, value in path_parameters.items()}
