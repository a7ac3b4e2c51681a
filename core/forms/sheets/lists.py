"""The lists of an XForm as rows of the sheet of choices, and the questions that choose from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from core.errors import KnownError
from core.forms.sheets.source import SELECTS, Cells, SheetSource
from core.forms.xform_names import XFORMS, local_name

_ITEMSET = re.compile(
    r"\s*(?P<random>randomize\()?\s*(?:instance\('(?P<list>[^']+)'\)/root/item|(?P<rows>/[\w./-]+))"
    r"\s*(?:\[(?P<filter>.*)\])?"
    r"\s*(?:,(?P<seed>[^\])]*(?:\([^)]*\))?[^\])]*))?\)?\s*",
    re.DOTALL,
)
_OWN_CELL = re.compile(r" ?\./([\w.-]+) ?")


class SheetLists:
    """The lists of one XForm: `choices` are their rows, `files` the names of those that lie beside it."""

    def __init__(self, source: SheetSource) -> None:
        self._source = source
        self.files: dict[str, str] = {}
        self.choices: list[Cells] = []
        self._asked_files: set[str] = set()
        for instance in source.model.findall(f"{XFORMS}instance")[1:]:
            self._read(instance)

    def _read(self, instance: Element) -> None:
        listed, file = instance.get("id", ""), instance.get("src", "")
        if listed in self._source.form.last_saved:
            return  # compiled for whoever refers to it
        if not len(instance):
            self.files[listed] = file.rpartition("/")[2]
            return
        for item in instance[0]:
            cells = {"list_name": listed}
            for cell in item:
                column, text = local_name(cell.tag), (cell.text or "").strip()
                cells |= self._source.texts.named(text, "label") if column == "itextId" else {column: text}
            self.choices.append(cells)

    def rows_of_files(self) -> Iterator[Cells]:
        """The rows of the survey that name files which no question chooses from."""
        for name in sorted(set(self.files) - self._asked_files):
            kind = "xml" if self.files[name].rpartition(".")[2] == "xml" else "csv"
            yield {"type": f"{kind}-external", "name": name}

    def select_cells(self, element: Element, tag: str, cells: Cells) -> Cells:
        """Type, filter and parameters of a question with choices, whose other `cells` are known.

        Choices written in the question itself become a list. Raises KnownError "form_not_sheets" for an
        itemset that XLSForm cannot say.
        """
        itemset = element.find(f"{XFORMS}itemset")
        if itemset is None:
            return {"type": f"{SELECTS[tag]} {self._own_list(element, cells['name'])}"}
        match = _ITEMSET.fullmatch(itemset.get("nodeset", ""))
        if match is None:
            raise KnownError("form_not_sheets", form=self._source.form.form_id)
        value = itemset.find(f"{XFORMS}value")
        of_rows = value.get("ref", "") if value is not None and match.group("rows") else ""
        listed = f"${{{of_rows}}}" if of_rows else match.group("list")
        written = {"type": f"{SELECTS[tag]} {listed}"}
        said = [cells["parameters"]] if cells.get("parameters") else []
        if match.group("random"):
            said.append("randomize=true")
        if match.group("seed"):
            said.append(f"seed={self._source.texts.expression(match.group('seed'))}")
        if listed in self.files:
            self._asked_files.add(listed)
            written["type"] = f"{SELECTS[tag]}_from_file {self.files[listed]}"
            said += _columns(itemset)
        if said:
            written["parameters"] = " ".join(said)
        return written | self._filter(match.group("filter") or "", of_rows)

    def _own_list(self, element: Element, question: str) -> str:
        """Makes a list of the choices written in a question and gives its name."""
        listed = f"{question}_choices"
        self.choices += [
            {"list_name": listed, "name": (item.findtext(f"{XFORMS}value") or "").strip()}
            | self._source.texts.of(item.find(f"{XFORMS}label"), "label")
            for item in element.findall(f"{XFORMS}item")
        ]
        return listed

    def _filter(self, condition: str, of_rows: str) -> Cells:
        """The filter of the choices; `of_rows` is the question whose answers they are, "" for none."""
        if not of_rows:
            return {"choice_filter": self._source.texts.expression(condition)} if condition else {}
        if condition == f"./{of_rows} != ''":
            return {}  # pyxform puts it there
        return {"choice_filter": _OWN_CELL.sub(r"${\1}", condition or "true()")}


def tick_labels(element: Element) -> str:
    """The list that labels the ticks of a range, "" for none."""
    itemset = element.find(f"{XFORMS}itemset")
    labels = _ITEMSET.fullmatch(itemset.get("nodeset", "")) if itemset is not None else None
    return labels.group("list") or "" if labels else ""


def _columns(itemset: Element) -> Iterator[str]:
    """Which columns of a file have value and label, where it is not the usual ones."""
    for part, usual in (("value", "name"), ("label", "label")):
        found = itemset.find(f"{XFORMS}{part}")
        column = found.get("ref", usual) if found is not None else usual
        if column != usual:
            yield f"{part}={column}"
