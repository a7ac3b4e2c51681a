"""What the world does wrong. Anything that is not a KnownError is a defect of ours."""

from __future__ import annotations


class KnownError(Exception):
    """Something outside the program went wrong: a full disk, a broken file, no network.

    `code` names the sentence shown to the person (made on screen, in their language: what happened, what is
    safe, what to do next); `values` fill it. Nothing is ever decided by the words of a message.
    """

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in sorted(self.values.items()))
        return f"{self.code}({shown})"
