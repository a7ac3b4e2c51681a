"""Texts and expressions of an XForm: what the reader of its structure asks for, piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from xml.etree.ElementTree import Element

from core.errors import KnownError
from core.forms.expressions import Expression, ExpressionError
from core.forms.model import Output, Text

XFORMS = "{http://www.w3.org/2002/xforms}"
NAMESPACES = {
    "jr": "http://openrosa.org/javarosa",
    "orx": "http://openrosa.org/xforms",
    "odk": "http://www.opendatakit.org/xforms",
    "ev": "http://www.w3.org/2001/xml-events",
    "cj": "urn:cunjiang:forms",
}
_LABELS = ("", "long")  # the forms of a text that a label shows, the later one where both are there
_TEXT_ID = re.compile(r"\s*jr:itext\(\s*'([^']*)'\s*\)\s*\Z")
_LANGUAGE_CODE = re.compile(r"\(([A-Za-z][A-Za-z-]*)\)\s*\Z")
_PLAIN_NAMES = {
    "中文": "zh", "汉语": "zh", "简体中文": "zh", "chinese": "zh",
    "english": "en", "英文": "en", "英语": "en",
}  # fmt: skip
"""What authors call the two languages of the program where they write no code."""


def language_code(name: str) -> str:
    """`zh` for "中文 (zh)" and "中文"; any other name without a code is its own code."""
    match = _LANGUAGE_CODE.search(name)
    return match.group(1) if match else _PLAIN_NAMES.get(name.strip().lower(), name)


def form_broken(place: str, reason: str, detail: str = "") -> KnownError:
    """The error that names a place of the form, a code for the reason, and the detail for its author."""
    return KnownError("form_broken", place=place or "/", reason=reason, detail=detail)


LONGEST_EXPRESSION: Final = 100_000
"""Characters; Excel's longest cell has 32,767, and names become paths. It takes half a second to read."""
MOST_CHARACTERS: Final = 4_000_000
"""Of all expressions of a form together; one of 5,000 questions has less than two million."""


class TextReader:
    """The translations of one XForm, and its expressions, each compiled once: now if `checking`."""

    def __init__(self, model: Element, *, checking: bool) -> None:
        self._model = model
        self._checking = checking
        self._compiled: dict[str, Expression] = {}
        self._characters = 0
        self._broken: list[KnownError] = []
        self._texts = self._read_texts()

    def _read_texts(self) -> dict[str, Text]:
        itext = self._model.find(f"{XFORMS}itext")
        translations = [] if itext is None else itext.findall(f"{XFORMS}translation")
        translations.sort(key=lambda element: element.get("default") is None)
        languages = [language_code(one.get("lang", "")) for one in translations]
        texts: dict[str, dict[str, dict[str, tuple[str | Output, ...]]]] = {}
        for translation, language in zip(translations, languages, strict=True):
            for text in translation.findall(f"{XFORMS}text"):
                forms = texts.setdefault(text.get("id", ""), {})
                for value in text.findall(f"{XFORMS}value"):
                    parts = self._parts(value, text.get("id", ""))
                    if parts != ("-",):  # pyxform writes it where a translation is missing
                        forms.setdefault(value.get("form", ""), {})[language] = parts
        said = {one for forms in texts.values() for words in forms.values() for one in words}
        self._languages = tuple(one for one in dict.fromkeys(languages) if one in said)
        return {text_id: _text_of(forms) for text_id, forms in texts.items()}

    def _parts(self, element: Element, place: str) -> tuple[str | Output, ...]:
        parts: list[str | Output] = [element.text or ""]
        for child in element:
            if local_name(child.tag) == "output":
                source = child.get("value") or child.get("ref") or ""
                parts.append(Output(self._expression(source, f"{place} output")))
            else:
                parts.extend(self._parts(child, place))
            parts.append(child.tail or "")
        return tuple(part for part in parts if part != "")

    def _text(self, element: Element | None, place: str) -> Text:
        if element is None:
            return Text()
        reference = element.get("ref")
        if reference is None:
            parts = self._parts(element, place)
            return Text({"": parts}) if parts else Text()
        return self._referenced_text(reference, place)

    def _referenced_text(self, reference: str, place: str) -> Text:
        match = _TEXT_ID.match(reference)
        if match is None:
            return Text({"": (Output(self._expression(reference, place)),)})
        found = self._texts.get(match.group(1))
        if found is None:
            self._broken.append(form_broken(place, "unknown_reference", match.group(1)))
            return Text()
        return found

    def _message(self, text: str | None, place: str) -> Text:
        if not text:
            return Text()
        return self._referenced_text(text, place) if _TEXT_ID.match(text) else Text({"": (text,)})

    def _expression(self, source: str, place: str) -> Expression:
        source = source.strip()
        found = self._compiled.get(source)
        if found is None:
            self._characters += len(source)
            if len(source) > LONGEST_EXPRESSION or self._characters > MOST_CHARACTERS:
                raise form_broken(place, "expression", f"{source[:60]}…: too long")
            found = self._compiled[source] = Expression(source, NAMESPACES)
            try:
                _ = self._checking and found.compiled
            except ExpressionError as e:
                self._broken.append(form_broken(place, "expression", f"{source}: {e}"))
                found = self._compiled[source] = Expression("''")
        return found

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """What is wrong within is noted, and the reading goes on behind it."""
        try:
            yield
        except KnownError as e:
            self._broken.append(e)

    def _optional(self, source: str | None, place: str) -> Expression | None:
        return self._expression(source, place) if source and source.strip() else None


def _text_of(forms: dict[str, dict[str, tuple[str | Output, ...]]]) -> Text:
    others = {form: Text(languages) for form, languages in forms.items() if form not in _LABELS}
    shown = {language: parts for form in _LABELS for language, parts in forms.get(form, {}).items()}
    return Text(shown, others)


def local_name(tag: object) -> str:
    """An element's name without its namespace."""
    return str(tag).rpartition("}")[2]
