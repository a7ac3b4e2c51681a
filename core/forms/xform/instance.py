"""The first instance of an XForm: the structure that every path of the form leads through."""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element

from core.forms.answer_paths import FullPath
from core.forms.xform.expressions import Expressions
from core.forms.xform_errors import form_broken
from core.forms.xform_names import JAVAROSA, XFORMS, local_name, path_name
from core.forms.xpath.expressions import ExpressionError

TEMPLATE: Final = f"{JAVAROSA}template"
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)+")


class FirstInstance:
    """The instance with its `root` element, called `name`."""

    def __init__(self, model: Element, expressions: Expressions) -> None:
        """Raises KnownError "form_broken" if there is not one element in it."""
        instance = model.find(f"{XFORMS}instance")
        if instance is None or len(instance) != 1:
            raise form_broken("", "incomplete", "the first instance must hold one element")
        self.root = instance[0]
        self.name = local_name(self.root.tag)
        self._expressions = expressions
        self._children_named: dict[Element, dict[str, Element]] = {}

    def full_path(self, reference: str | None, context: FullPath, place: str) -> FullPath:
        """Where a reference leads that is written at `context`, () for the root.

        Raises KnownError "form_broken", which names the `place`, for a reference that is no path.
        """
        if not reference or not reference.strip():
            raise form_broken(place, "incomplete", "a reference is empty")
        if _PLAIN_PATH.fullmatch(reference):
            return tuple(reference[1:].split("/"))
        expression = self._expressions.expression(reference, place)
        if len(expression.references) != 1:
            raise form_broken(place, "unsupported", reference)
        try:
            steps = expression.references[0].from_context(context or (self.name,))
        except ExpressionError as e:
            raise form_broken(place, "expression", f"{reference}: {e}") from e
        return tuple(step.name for step in steps)

    def inside(self, path: FullPath) -> FullPath:
        """The path read as one of this form, whatever its first name is, as JavaRosa does for rules."""
        return (self.name, *path[1:])

    def element_at(self, path: FullPath) -> Element | None:
        """What stands at a path, or has the attribute that it ends with; None for nothing."""
        if not path or path[0] != self.name:
            return None
        element: Element | None = self.root
        for name in path[1:]:
            if element is None or name.startswith("@"):
                return element
            element = self._first_named(element).get(name)
        return element

    def _first_named(self, element: Element) -> dict[str, Element]:
        """The children by name, of equal names the first; a form asks 20,000 times."""
        found = self._children_named.get(element)
        if found is None:
            found = self._children_named[element] = {}
            for child in element:
                found.setdefault(path_name(child.tag), child)
        return found

    def rows_in_new_record(self, full: FullPath) -> list[Element]:
        """The rows of a repeat in the instance, within the first row of each repeat around it."""
        around, rows = [self.root], [self.root]
        for name in full[1:]:
            rows = [
                child for child in around[0] if path_name(child.tag) == name and child.get(TEMPLATE) is None
            ]
            if not rows:
                return []
            around = rows
        return rows
