"""Texts and expressions of an XForm as the cells of its sheets: a column a language, `${name}` for a path."""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element

from core.forms.xform_names import XFORMS, local_name

_TEXT_ID = re.compile(r"\s*jr:itext\(\s*'([^']*)'\s*\)\s*\Z")
# As pyxform writes the reference that stood as `${name}`: with a blank on either side.
_WRITTEN = re.compile(r" (?P<path>/[\w./:-]+|(?:current\(\)/)?(?:\.\./)+[\w./:-]+) ")
_LAST_SAVED = re.compile(r" instance\('__last-saved'\)/(?P<path>[\w./:-]+) ")
_MEDIA: Final = {"image", "audio", "video", "big-image"}
_NO_LANGUAGE = "default"  # pyxform's name for the texts of a form without languages
_MISSING = "-"  # what pyxform writes where a translation is missing


class SheetTexts:
    """The translations of one XForm by column. `known` are the names that `${name}` may stand for."""

    def __init__(self, model: Element, known: set[str]) -> None:
        self._known = known
        self._translations: dict[str, dict[str, Element]] = {}
        self.default = ""
        """The language that is shown first, "" for a form without languages."""
        for translation in model.findall(f"{XFORMS}itext/{XFORMS}translation"):
            language = translation.get("lang", "")
            texts = {text.get("id", ""): text for text in translation.findall(f"{XFORMS}text")}
            self._translations[language] = texts
            if translation.get("default") is not None and language != _NO_LANGUAGE:
                self.default = language

    def shown(self, element: Element) -> dict[str, str]:
        """The columns for the label and the hint of a control."""
        label = self.of(element.find(f"{XFORMS}label"), "label")
        return label | self.of(element.find(f"{XFORMS}hint"), "hint")

    def of(self, element: Element | None, column: str) -> dict[str, str]:
        """The columns for one text of the body."""
        if element is None:
            return {}
        match = _TEXT_ID.match(element.get("ref", ""))
        if match is not None:
            return self.named(match.group(1), column)
        text = self._words(element)
        return {column: text} if text else {}

    def message(self, text: str, column: str) -> dict[str, str]:
        """The columns for a message that a bind carries."""
        match = _TEXT_ID.match(text)
        return self.named(match.group(1), column) if match is not None else {column: text}

    def named(self, text_id: str, column: str) -> dict[str, str]:
        """The columns for a text by its id: `label::中文 (zh)`, and its pictures and sounds."""
        cells: dict[str, str] = {}
        for language, texts in self._translations.items():
            ending = "" if language == _NO_LANGUAGE else f"::{language}"
            for value in texts[text_id].findall(f"{XFORMS}value") if text_id in texts else ():
                words, form = self._words(value), value.get("form")
                if form in _MEDIA:
                    cells[f"media::{form}{ending}"] = words.rpartition("/")[2]
                elif form == "guidance":
                    cells[f"guidance_hint{ending}"] = words
                elif words and words != _MISSING:
                    cells[f"{column}{ending}"] = words
        return cells

    def expression(self, source: str) -> str:
        """An expression with `${name}` for the paths that pyxform made from it."""
        padded = f" {source} " if source.strip() == source else source
        padded = _LAST_SAVED.sub(lambda match: self._reference(match, "last-saved#"), padded)
        return _WRITTEN.sub(self._reference, padded).strip()

    def _reference(self, match: re.Match[str], of: str = "") -> str:
        name = match.group("path").rpartition("/")[2]
        return f"${{{of}{name}}}" if name in self._known else match.group()

    def _words(self, element: Element) -> str:
        parts = [element.text or ""]
        for child in element:
            if local_name(child.tag) == "output":
                source = child.get("value") or child.get("ref") or ""
                parts.append(f"${{{source.strip().rpartition('/')[2]}}}")
            parts.append(child.tail or "")
        return "".join(parts).strip()
