"""What one benchmark found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """A figure beside its floor: what the same machine needs, in the same run, for the unavoidable part."""

    name: str
    value: float
    unit: str
    floor: float
    """In `unit`: the bare library doing the same, or the payload itself."""
    ratio: float
    """`value` / `floor`; 1 is the best there can be."""
    aim: float
    """The ratio that we want to stay under."""
    met: bool

    @property
    def line(self) -> str:
        """One line for people."""
        mark = "ok " if self.met else "OVER"
        return (
            f"{mark:4} {self.name:32} {self.value:12.2f} {self.unit:4} "
            f"floor {self.floor:12.2f}  ratio {self.ratio:6.2f}  aim {self.aim:.2f}"
        )

    @property
    def row(self) -> str:
        """One row of the table in docs/benchmarks.md."""
        figures = f"{self.value:.2f} | {self.unit} | {self.floor:.2f} | {self.ratio:.2f} | {self.aim:g}"
        return f"| {self.name} | {figures} | {'yes' if self.met else '**no**'} |"


def against_floor(name: str, value: float, floor: float, unit: str, *, aim: float) -> Result:
    """The result for two figures of one unit."""
    ratio = value / floor
    return Result(name, value, unit, floor, ratio, aim, met=ratio <= aim)


def percentile(figures: Sequence[float], percent: float) -> float:
    """The figure that `percent` of them do not exceed (nearest rank)."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, max(0, round(percent / 100 * len(ordered)) - 1))]
