"""Findings about answers. They are data, never exceptions: the form shows them, a person decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """One finding: which question (concrete path), what kind, and the values its sentence needs."""

    path: str
    code: str
    values: Mapping[str, object] = field(default_factory=dict)
    severity: Severity = "error"
