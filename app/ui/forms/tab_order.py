"""Where Tab leads from a form: to what stands next in the layout, whenever that was made.

Qt goes by when things were made: rows, choices and questions that came later would follow all else in the
window.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QWidget


def next_stop(start: QWidget, *, onwards: bool) -> QWidget | None:
    """What takes the keyboard after, or before, `start`; from the end of its window the other end."""
    at, window = start, start.window()
    while at is not window and (parent := at.parentWidget()) is not None:
        parts = _parts(parent, onwards=onwards)
        if at in parts:
            for part in parts[parts.index(at) + 1 :]:
                stop = next(_stops(part, onwards=onwards), None)
                if stop is not None:
                    return stop
        at = parent
    return next(_stops(window, onwards=onwards), None)


def _stops(widget: QWidget, *, onwards: bool) -> Iterator[QWidget]:
    """What takes the keyboard in a widget that is shown; one without a layout takes it as a whole."""
    if not widget.isVisible():
        return
    if onwards and _is_stop(widget):
        yield widget
    for part in _parts(widget, onwards=onwards):
        yield from _stops(part, onwards=onwards)
    if not onwards and _is_stop(widget):
        yield widget


def _is_stop(widget: QWidget) -> bool:
    policy = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    return bool(policy) and widget.isEnabled() and widget.focusProxy() is None


def _parts(widget: QWidget, *, onwards: bool) -> list[QWidget]:
    layout = widget.layout()
    if isinstance(widget, QScrollArea):
        inside = widget.widget()
        parts = [] if inside is None else [inside]
    else:
        parts = list(_laid_out(layout)) if layout is not None else []
    return parts if onwards else parts[::-1]


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    for at in range(layout.count()):
        item = layout.itemAt(at)
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            yield widget
        elif inner is not None:
            yield from _laid_out(inner)
