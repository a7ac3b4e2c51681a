"""Choices that one points at in a picture, with the list of them below it: both say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.forms.choice_buttons import ButtonsEditor
from app.ui.forms.choice_editors import ComboEditor
from app.ui.forms.editor import Editor
from app.ui.forms.image_map import ImageMap
from app.ui.look import Look
from app.ui.vector_drawing import DrawnMap
from app.ui.widgets.card import button, named_label
from core.forms.model.choices import Choice
from core.values import Value, choices_value

_NAMED: Final = 5  # choices without a shape that are told by name


class ImageMapEditor(Editor):
    """Asks for its picture by `map_wanted`, and works as the list alone where there is none."""

    map_wanted = Signal(str, list)  # a file of the form, the values of the choices
    wide = True

    def __init__(self, look: Look, choosing: ButtonsEditor | ComboEditor, *, several: bool) -> None:
        super().__init__()
        self.choosing = choosing
        self.map = ImageMap()
        self.told = named_label("hint", wrap=True)
        self._several = several
        self._choices: tuple[Choice, ...] = ()
        self._file = ""
        self.frame = QWidget()
        self._lay_out(look)
        self.map.picked.connect(self._pick)
        choosing.edited.connect(self.edited)
        choosing.next_wanted.connect(self.next_wanted)
        choosing.settled.connect(self._settle)
        self.setFocusProxy(choosing)

    def show_picture(self, file: str) -> None:
        """Show that picture of the form; "" for none."""
        if file != self._file:
            self._file = file
            self.frame.hide()
            self._ask()

    def set_map(self, file: str, values: list[str], drawn: DrawnMap) -> None:
        """The picture has been drawn with the shapes of these choices."""
        if (file, values) == (self._file, [choice.value for choice in self._choices]):
            self.map.show_map(drawn, {choice.value: choice.label for choice in self._choices})
            self._mark()
            shown = set(drawn.colours.values())
            without = [choice.label for choice in self._choices if choice.value not in shown]
            self._tell_without(without)
            self.frame.show()

    def set_no_map(self, file: str) -> None:
        """The picture cannot be drawn."""
        if file == self._file:
            self.frame.hide()
            self._tell(tr("form_media.map_unreadable", file=file))

    def value(self) -> Value:
        return self.choosing.value()

    def show_value(self, value: Value) -> None:
        self.choosing.show_value(value)
        self._mark()

    def set_choices(self, choices: Sequence[Choice]) -> None:
        self.choosing.set_choices(choices)
        if tuple(choices) != self._choices:
            self._choices = tuple(choices)
            self._ask()

    def set_bad(self, bad: bool) -> None:
        self.choosing.set_bad(bad)

    def _ask(self) -> None:
        self._tell("")
        if self._file:
            self.map_wanted.emit(self._file, [choice.value for choice in self._choices])

    def _pick(self, value: str) -> None:
        chosen = self._chosen()
        if value in chosen:
            chosen.remove(value)
        else:
            chosen = [*chosen, value] if self._several else [value]
        offered = [choice.value for choice in self._choices]
        chosen.sort(key=lambda one: offered.index(one) if one in offered else len(offered))
        if self._several:
            self.choosing.show_value(choices_value(chosen) if chosen else None)
        else:
            self.choosing.show_value(chosen[0] if chosen else None)
        self._settle()

    def _settle(self) -> None:
        self._mark()
        self.settled.emit()

    def _mark(self) -> None:
        self.map.show_chosen(self._chosen())

    def _chosen(self) -> list[str]:
        value = self.choosing.value()
        return [*value] if isinstance(value, list) else [str(value)] if value is not None else []

    def _tell_without(self, without: Sequence[str]) -> None:
        if without:
            named = tr("words.comma").join(without[:_NAMED]) + ("…" if len(without) > _NAMED else "")
            self._tell(tr("form_media.map_without", choices=named))

    def _tell(self, words: str) -> None:
        self.told.setText(words)
        self.told.setVisible(bool(words))

    def _lay_out(self, look: Look) -> None:
        larger, smaller, whole = (
            button(look, "", icon, "flat") for icon in ("zoom-in", "zoom-out", "maximize-2")
        )
        line = QHBoxLayout()
        line.setSpacing(2)
        line.addWidget(named_label("hint", tr("form_media.map_how"), wrap=True), 1)
        for one, words, steps in ((larger, "larger", 1), (smaller, "smaller", -1), (whole, "whole", 0)):
            one.setToolTip(tr(f"form_media.{words}"))
            one.setAccessibleName(tr(f"form_media.{words}"))
            one.clicked.connect(lambda _, steps=steps: self.map.zoom(steps))
            line.addWidget(one)
        framed = QVBoxLayout(self.frame)
        framed.setContentsMargins(0, 2, 0, 0)
        framed.setSpacing(2)
        framed.addWidget(self.map)
        framed.addLayout(line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self.frame, self.told, self.choosing):
            column.addWidget(part)
        self.frame.hide()
        self.told.hide()
