"""The lists of an XForm, and where its questions get their choices from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element

from core.errors import KnownError
from core.forms.answer_paths import FullPath
from core.forms.model.choices import Itemset, StaticChoice
from core.forms.secondary import ListRoot
from core.forms.xform.body import Control
from core.forms.xform.expressions import Expressions
from core.forms.xform.list_files import list_in_file, list_in_xml
from core.forms.xform.search_choices import SearchCall, search_call, search_choices
from core.forms.xform.texts import TextReader
from core.forms.xform_errors import Errors, form_broken
from core.forms.xform_names import XFORMS

_LAST_SAVED: Final = "jr://instance/last-saved"
_WITH_CHOICES = ("select", "select1", "rank", "range")  # those of a range are labels of its ticks


class Lists:
    """The secondary instances of one form: those it has (`known`), and the names of those asked outside.

    `media` are the files that came with the form.
    `last_saved` are those that stand for the record of this form that was saved last.
    """

    def __init__(self, model: Element, media: Mapping[str, bytes], errors: Errors) -> None:
        instances = model.findall(f"{XFORMS}instance")[1:]
        self.media = media
        self.known: dict[str, ListRoot] = {}
        self.external: set[str] = set()
        self.last_saved = frozenset(one.get("id", "") for one in instances if one.get("src") == _LAST_SAVED)
        for instance in instances:
            with errors.noting():
                self._read(instance)

    def _read(self, instance: Element) -> None:
        instance_id, source = instance.get("id", ""), instance.get("src", "")
        file_name = source.rpartition("/")[2]
        if len(instance):
            self.known[instance_id] = list_in_xml(instance[0])
        elif source == _LAST_SAVED:
            self.known[instance_id] = ListRoot("root")
        elif file_name in self.media:
            self.known[instance_id] = list_in_file(file_name, self.media[file_name])
        else:
            self.external.add(instance_id)


class ChoiceReader:
    """Reads what the controls of one form offer."""

    def __init__(self, texts: TextReader, expressions: Expressions, lists: Lists) -> None:
        self._texts, self._expressions, self._lists = texts, expressions, lists

    def choices(
        self, control: Control | None, full: FullPath
    ) -> tuple[Itemset | None, tuple[StaticChoice, ...]]:
        """The list that a question takes its choices from, or None and those written in it."""
        place = "/" + "/".join(full)
        if control is None or control.element is None or control.tag not in _WITH_CHOICES:
            return None, ()
        itemset = control.element.find(f"{XFORMS}itemset")
        if itemset is not None:
            return self._itemset(itemset, f"{place} choices"), ()
        static = tuple(
            StaticChoice(
                (item.findtext(f"{XFORMS}value") or "").strip(),
                self._texts.text(item.find(f"{XFORMS}label"), f"{place} choices"),
            )
            for item in control.element.findall(f"{XFORMS}item")
        )
        searched = self._searched(search_call(control.appearance), static, full)
        return (None, static) if searched is None else (searched, ())

    def _searched(
        self, call: SearchCall | None, static: tuple[StaticChoice, ...], full: FullPath
    ) -> Itemset | None:
        """The list that a `search()` asks; None without one or its file, or if either cannot be read."""
        if call is None or call.file not in self._lists.media:
            return None
        try:
            found = search_choices(call, static, self._lists.media[call.file], full)
            nodeset = self._expressions.expression(found.nodeset, f"/{'/'.join(full)} appearance")
        except (KnownError, ValueError):
            return None
        self._lists.known[found.list_id] = found.root
        self._texts.texts.update(found.texts or {})
        filtered, by_id = "[" in found.nodeset, found.texts is not None
        return Itemset(nodeset, filtered, "name", "label", label_is_text_id=by_id, distinct=True)

    def _itemset(self, element: Element, place: str) -> Itemset:
        value, label = element.find(f"{XFORMS}value"), element.find(f"{XFORMS}label")
        if value is None:
            raise form_broken(place, "incomplete", "an itemset without value")
        nodeset = self._expressions.expression(element.get("nodeset", ""), place)
        shown = (label.get("ref", "") if label is not None else value.get("ref", "")).strip()
        text_id = re.fullmatch(r"jr:itext\(\s*([\w.-]+)\s*\)", shown)
        return Itemset(
            nodeset=nodeset,
            filtered="[" in nodeset.source,
            value_column=value.get("ref", "").strip(),
            label_column=text_id.group(1) if text_id else shown,
            label_is_text_id=text_id is not None,
        )
