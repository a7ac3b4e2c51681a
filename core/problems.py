"""Findings about answers. They are data, never exceptions: the form shows them, a person decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Severity = Literal["error", "warning"]


class Problem(msgspec.Struct, frozen=True):
    """One finding: which question (concrete path), what kind, and the values its sentence needs."""

    path: str
    code: str
    values: Mapping[str, object] = msgspec.field(default_factory=dict)
    severity: Severity = "error"
