"""What a question offers: single choices, and the lists that they come from."""

from __future__ import annotations

from dataclasses import dataclass

from core.forms.model.texts import NO_MEDIA, Media, Text
from core.forms.xpath.expressions import Expression


@dataclass(frozen=True)
class Choice:
    """One choice as offered: the value that is stored and the label that is shown.

    `local`: a division that people added and no official table has. `marked` is the label with its markup
    (`core.forms.model.markup`), "" where it has none.
    """

    value: str
    label: str
    local: bool = False
    media: Media = NO_MEDIA
    marked: str = ""


@dataclass(frozen=True)
class Itemset:
    """Where the choices come from: a path over a list, and which cells hold value and label.

    `distinct`: of rows with the same value the first is offered alone.
    """

    nodeset: Expression
    filtered: bool
    value_column: str
    label_column: str
    label_is_text_id: bool
    distinct: bool = False

    @property
    def instance_id(self) -> str:
        """The list they come from, "" when the items are nodes of the form itself."""
        return next(iter(self.nodeset.lists), "")


@dataclass(frozen=True)
class StaticChoice:
    """A choice written inside the question itself."""

    value: str
    label: Text
