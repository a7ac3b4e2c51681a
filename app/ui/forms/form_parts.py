"""What of a form stands where: its parts in their order, and the photos that stand beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from core.forms.filling.session import FormSession, NodeView
from core.forms.model.items import Item, Question, Repeat

PHOTO_GRID = "cj-photos"


def is_photo_repeat(path: str, item: Item) -> bool:
    """Whether a repeat is a grid of photos beside the form. Inside rows it stands as rows like any other."""
    grid = isinstance(item, Repeat) and item.has_appearance(PHOTO_GRID) and "]" not in path
    return grid and any(_is_image(child) for child in item.children)


def image_in(repeat: Repeat) -> Question:
    """The photo question of a photo repeat."""
    return next(child for child in repeat.children if _is_image(child))


def shown_children(session: FormSession, path: str, item: Item) -> Iterator[NodeView]:
    """What stands inside a group or row, in the form's order, calculations with a label included."""
    asked = {id(view.node): view for view in session.children(path)}
    assert not isinstance(item, Question)
    row = path if path.endswith("]") else path.rpartition("]")[0] + "]" if "]" in path else ""
    for child in item.children:
        if id(child) in asked:
            yield asked[id(child)]
        elif isinstance(child, Question) and child.kind == "calculate" and child.text:
            yield NodeView("question", f"{row}/{child.step}", child)


def _is_image(item: Item) -> TypeGuard[Question]:
    return isinstance(item, Question) and item.kind == "image"
