"""Which of two versions of a form is the newer one."""

from __future__ import annotations

import re
from decimal import Decimal

_DIGITS = re.compile(r"(\d+)")


def version_order(version: str) -> tuple[Decimal | str, ...]:
    """A key that sorts versions as their authors count: 9 before 10, v1.9 before v1.10."""
    parts = _DIGITS.split(version)
    return tuple(Decimal(part) if at % 2 else part for at, part in enumerate(parts))
