"""The texts of a form: words in its languages with answers in them, pictures and sounds beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from core.forms.model.markup import plain_words
from core.forms.model.quoting import literal
from core.forms.xpath.expressions import Expression


@dataclass(frozen=True)
class Output:
    """A place in a text that shows the value of an expression."""

    expression: Expression


@dataclass(frozen=True)
class Media:
    """Files of the form that stand beside a text, by name; "" for none. A click shows the big image."""

    image: str = ""
    big_image: str = ""
    audio: str = ""
    video: str = ""

    def __bool__(self) -> bool:
        return bool(self.image or self.big_image or self.audio or self.video)


MEDIA_FORMS: Final = ("image", "big-image", "audio", "video")
"""The forms of a text that name files, in the order of `Media`."""
NO_MEDIA: Final = Media()


@dataclass(frozen=True)
class Text:
    """A text in the languages of the form, by language code ("" for a form without languages).

    `forms` are its other forms, each with languages of its own: "image", "big-image", "audio", "video"
    (addresses of files), "short" and "guidance".
    """

    languages: Mapping[str, tuple[str | Output, ...]] = field(default_factory=dict)
    forms: Mapping[str, Text] = field(default_factory=dict)

    def parts(self, language: str) -> tuple[str | Output, ...]:
        """The text in that language, else in the form's default one (the first)."""
        found = self.languages.get(language)
        return found if found is not None else next(iter(self.languages.values()), ())

    def plain(self, language: str) -> str:
        """The words of the text, without markup, with nothing in the places that depend on answers."""
        parts = self.parts(language)
        return plain_words("".join(part if isinstance(part, str) else literal("") for part in parts).strip())

    def __bool__(self) -> bool:
        return any(self.languages.values())
