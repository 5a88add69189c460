"""Files that are written beside their place and renamed, so that none is ever half there."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """A path to write to that becomes ``target`` when all went well, and vanishes when not.

    The file gets the permissions that any new file of this user gets.

    Raises:
        OSError: the file cannot be written or renamed.
    """
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        yield part
        part.replace(target)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
