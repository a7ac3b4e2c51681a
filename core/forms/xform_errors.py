"""What is wrong in an XForm: noted while the reading goes on, and told all at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from core.errors import KnownError

_MOST_ERRORS: Final = 200
"""That are told of one form; nobody mends more at a time."""


def form_broken(place: str, reason: str, detail: str = "") -> KnownError:
    """The error that names a place of the form, a code for the reason, and the detail for its author."""
    return KnownError("form_broken", place=place or "/", reason=reason, detail=detail)


class Errors:
    """The errors found in one XForm so far."""

    def __init__(self) -> None:
        self._found: list[KnownError] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def note(self, *errors: KnownError) -> None:
        """Adds these, in the order in which they will be told."""
        self._found += errors

    @contextmanager
    def noting(self) -> Iterator[None]:
        """What is wrong within is noted, and the reading goes on behind it."""
        try:
            yield
        except KnownError as e:
            self.note(e)

    def give_up(self) -> None:
        """Raises the first error, if there is any; the others are its value `others`."""
        if self._found:
            first, *others = {str(one): one for one in self._found}.values()
            raise KnownError(first.code, **first.values, others=tuple(others[:_MOST_ERRORS]))
