"""Which of two versions of a form is the newer one."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"(\d+)")


def version_order(version: str) -> tuple[int | str, ...]:
    """A key that sorts versions as their authors count: 9 before 10, v1.9 before v1.10."""
    parts = _DIGITS.split(version)
    return tuple(int(part) if at % 2 else part for at, part in enumerate(parts))
