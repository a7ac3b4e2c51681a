"""The texts of an XForm in its languages, with the places in them that depend on answers."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from core.forms.model.texts import Output, Text
from core.forms.xform.expressions import Expressions
from core.forms.xform_errors import Errors, form_broken
from core.forms.xform_names import XFORMS, local_name

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


class TextReader:
    """The translations of one XForm: `texts` by their ids, `languages` with the default one first."""

    def __init__(self, model: Element, expressions: Expressions, errors: Errors) -> None:
        self._expressions, self._errors = expressions, errors
        self.languages: tuple[str, ...] = ()
        self.texts = self._read_translations(model.find(f"{XFORMS}itext"))

    def _read_translations(self, itext: Element | None) -> dict[str, Text]:
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
        self.languages = tuple(one for one in dict.fromkeys(languages) if one in said)
        return {text_id: _text_of(forms) for text_id, forms in texts.items()}

    def _parts(self, element: Element, place: str) -> tuple[str | Output, ...]:
        parts: list[str | Output] = [element.text or ""]
        for child in element:
            if local_name(child.tag) == "output":
                source = child.get("value") or child.get("ref") or ""
                parts.append(Output(self._expressions.expression(source, f"{place} output")))
            else:
                parts.extend(self._parts(child, place))
            parts.append(child.tail or "")
        return tuple(part for part in parts if part != "")

    def text(self, element: Element | None, place: str) -> Text:
        """What a label or hint says, an empty text for None; a translation that is missing is noted."""
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
            return Text({"": (Output(self._expressions.expression(reference, place)),)})
        found = self.texts.get(match.group(1))
        if found is None:
            self._errors.note(form_broken(place, "unknown_reference", match.group(1)))
            return Text()
        return found

    def message(self, text: str | None, place: str) -> Text:
        """What a bind says in an attribute, an empty text for None."""
        if not text:
            return Text()
        return self._referenced_text(text, place) if _TEXT_ID.match(text) else Text({"": (text,)})


def _text_of(forms: dict[str, dict[str, tuple[str | Output, ...]]]) -> Text:
    others = {form: Text(languages) for form, languages in forms.items() if form not in _LABELS}
    shown = {language: parts for form in _LABELS for language, parts in forms.get(form, {}).items()}
    return Text(shown, others)
