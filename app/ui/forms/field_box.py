"""One question on screen: label, editor, hint, and what is wrong with the answer."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.errors import problem_sentence
from app.i18n import tr
from app.ui.forms.binding import FormBinding
from app.ui.forms.choice_buttons import ButtonsEditor
from app.ui.forms.editor import Editor
from app.ui.forms.editor_wishes import hand_on
from app.ui.forms.guidance import Guidance
from app.ui.forms.image_map_editor import ImageMapEditor
from app.ui.forms.label_media import LabelMedia, has_media
from app.ui.forms.length_limit import LengthLimit, length_limit
from app.ui.forms.make_editor import make_editor
from app.ui.forms.six_columns import COLUMNS
from app.ui.look import Look
from app.ui.widgets.card import named_label, set_kind
from app.ui.widgets.marked_label import MarkedLabel
from core.forms.authoring.appearances import share_of_line
from core.forms.filling.session import FormSession
from core.forms.filling.shown_answers import shown_answer
from core.forms.model.items import Question
from core.forms.model.quoting import literal
from core.forms.model.vector_pictures import is_vector_picture
from core.problems import Problem

_SPANS = {"full": 6, "half": 3, "third": 2}
_SHARES_OF_A_LINE = 4
_LINE_LABEL, _LINE_EDITOR = 2, 3
"""How the width of a line of a grid is shared: alike in every line, so that its columns stand in line."""


class FieldBox(QWidget):
    """Shows what the session says of `path` and hands in what is answered."""

    next_wanted = Signal()

    def __init__(
        self, look: Look, binding: FormBinding, path: str, question: Question, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.path = path
        self.question = question
        self._binding = binding
        self._typed = False
        self.wanted = True
        session, lang = binding.session, binding.language
        caution = question.has_appearance("cj-warning")
        self._label = MarkedLabel(look.tokens, "caution" if caution else "label")
        self._required = named_label("problem", "*")
        self._required.setToolTip(tr("form.required"))
        self._readonly = named_label("mark", tr("widgets.readonly"))
        self.editor = make_editor(
            look, question, session.choices(path, lang) if _has_choices(question) else (), _room(question)
        )
        self._media = LabelMedia(look, binding) if has_media(question.text) else None
        self._hint_media = LabelMedia(look, binding) if has_media(question.hint_text) else None
        self._guidance = Guidance(look) if "guidance" in question.hint_text.forms else None
        self._shown = named_label("shown", wrap=True, selectable=True)
        self._hint = MarkedLabel(look.tokens, "hint")
        self._problem = MarkedLabel(look.tokens, "problem")
        self._limit: LengthLimit | None = None
        if self.editor is not None:
            self._limit = length_limit(question)
            self.editor.edited.connect(self._edit)
            self.editor.settled.connect(self._settle)
            self.editor.next_wanted.connect(self.next_wanted)
            self._label.setBuddy(self.editor)
            hand_on(self.editor, look, binding, path)
        self._lay_out()
        binding.flush_wanted.connect(self.flush)
        binding.refreshed.connect(self._follow)
        self.refresh()

    @property
    def span(self) -> int:
        """How many of a section's six columns it takes."""
        named = _SPANS.get(self.question.width) or self._grid_span
        if named is None and self.question.kind == "note" and "\n" in self._label.words:
            return COLUMNS
        if named is not None and not (self.editor is not None and self.editor.wide and named < 3):
            return named
        return COLUMNS if self.editor is not None and self.editor.wide else COLUMNS // 2

    @property
    def _grid_span(self) -> int | None:
        """The span of an appearance w1 to w12, a share of the four that a line has in Enketo's grid theme."""
        share = share_of_line(self.question.appearance)
        return min(COLUMNS, max(2, round(share * COLUMNS / _SHARES_OF_A_LINE))) if share else None

    @property
    def problem_text(self) -> str:
        """The words under the answer about what is wrong with it; empty if nothing is."""
        return self._problem.words

    def flush(self) -> None:
        """Hand in what is being typed."""
        if self._typed and self.editor is not None:
            self._typed = False
            self._binding.commit(self.path, self.editor.value())

    def _follow(self) -> None:
        if self._binding.concerns(self.path):
            self.refresh()

    def refresh(self) -> None:
        """Show the session's present answer, choices, label and problem."""
        session, lang = self._binding.session, self._binding.language
        self.wanted = session.relevant(self.path)
        self.setVisible(self.wanted)
        if not self.wanted:
            return
        self._label.show_marked(session.marked(self.path, lang, "label"))
        self._required.setVisible(session.required(self.path))
        hint = session.marked(self.path, lang, "hint")
        self._hint.show_marked(hint)
        self._show_beside(session, lang)
        if self.editor is None:
            self._show_only()
        else:
            self._show_in_editor()
        self._show_problem(self._binding.problem(self.path), hint, lang)

    def _show_beside(self, session: FormSession, lang: str) -> None:
        """The files and the guidance of its texts, where it has any."""
        if self._media is not None:
            media = session.media(self.path, lang)
            if isinstance(self.editor, ImageMapEditor):
                drawn = is_vector_picture(session.form.media.get(media.image, b""))
                self.editor.show_picture(media.image if drawn else "")
                media = replace(media, image="", big_image="") if drawn else media
            self._media.show_media(media, session.label(self.path, lang))
        if self._hint_media is not None:
            self._hint_media.show_media(session.hint_media(self.path, lang), session.hint(self.path, lang))
        if self._guidance is not None:
            self._guidance.show_marked(session.marked(self.path, lang, "guidance"))

    def _show_problem(self, problem: Problem | None, hint: str, lang: str) -> None:
        warning = problem is not None and problem.severity == "warning"
        said = _marked_problem(problem, lang) if problem else ""
        self._problem.show_marked(tr("widgets.warning", words=said) if warning else said)
        set_kind(self._problem, "warn" if warning else "")
        self._problem.setVisible(problem is not None)
        self._hint.setVisible(bool(hint) and problem is None)
        if self.editor is not None:
            self.editor.set_bad(problem is not None and not warning)
            self._describe(self.editor)

    def _describe(self, editor: Editor) -> None:
        """Tell who has the screen read out what is asked, what is wrong and what the form says to it."""
        taking = editor.focusProxy() or editor
        named = editor if isinstance(taking, QAbstractButton) or taking.accessibleName() else taking
        if not named.accessibleName() or named.property("named"):
            named.setProperty("named", True)
            named.setAccessibleName(self._label.words)
        marks = ((self._required, tr("form.required")), (self._readonly, tr("widgets.readonly")))
        told = [words for label, words in marks if not label.isHidden()]
        spoken = "　".join(filter(None, [self._problem.words, *told, self._hint.words]))
        editor.setAccessibleDescription(spoken)
        if taking is not editor and (not taking.accessibleDescription() or taking.property("described")):
            taking.setProperty("described", True)  # a slider describes itself: where it stands
            asked = self._label.words if named is editor else ""  # what a button says is no question
            taking.setAccessibleDescription("　".join(filter(None, [asked, spoken])))

    def retire(self) -> None:
        """Its row is gone: hear and say nothing any more."""
        self._binding.flush_wanted.disconnect(self.flush)
        self._binding.refreshed.disconnect(self._follow)
        if self.editor is not None:
            self.editor.blockSignals(True)

    @property
    def has_focus(self) -> bool:
        """Whether the person is in this question now."""
        focused = self.window().focusWidget()
        return focused is not None and self.isAncestorOf(focused)

    def set_focus(self) -> None:
        """Bring the person here."""
        if self.editor is not None:
            self.editor.setFocus(Qt.FocusReason.TabFocusReason)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        in_line = isinstance(self.editor, ButtonsEditor) and self.editor.in_line
        heading = QHBoxLayout()
        heading.setSpacing(3)
        if self.question.kind == "note":
            heading.addWidget(self._label, 1)  # the whole line is its text's
        else:
            heading.addWidget(self._label, 0)
            heading.addWidget(self._required, 0, Qt.AlignmentFlag.AlignTop)
            heading.addWidget(self._readonly, 0, Qt.AlignmentFlag.AlignTop)
            heading.addStretch(1)
            self._readonly.hide()
        if in_line:
            column.addLayout(self._line(heading))
        else:
            column.addLayout(heading)
        if self._guidance is not None:
            heading.addWidget(self._guidance.button, 0, Qt.AlignmentFlag.AlignTop)
            column.addWidget(self._guidance)
        if self._media is not None:
            column.addWidget(self._media)
        if not in_line:
            column.addWidget(self.editor if self.editor is not None else self._shown)
        column.addWidget(self._problem)
        column.addWidget(self._hint)
        if self._hint_media is not None:
            column.addWidget(self._hint_media)
        column.addStretch(1)

    def _line(self, heading: QHBoxLayout) -> QHBoxLayout:
        """The label beside the choices, as a line of a grid."""
        line = QHBoxLayout()
        sides: list[QWidget] = []
        for share in (_LINE_LABEL, _LINE_EDITOR):
            side = QWidget()
            policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            side.setSizePolicy(policy)
            line.addWidget(side, share)
            sides.append(side)
        label, choices = sides
        label.setLayout(heading)
        heading.setContentsMargins(0, 0, 0, 0)
        heading.setStretch(0, 1)
        heading.setStretch(heading.count() - 1, 0)
        beside = QVBoxLayout(choices)
        beside.setContentsMargins(0, 0, 0, 0)
        if self.editor is not None:
            beside.addWidget(self.editor)
        return line

    def _show_only(self) -> None:
        text = shown_answer(self.question, self._binding.session.shown(self.path, self._binding.language))
        if self.question.kind == "note":
            self._shown.setText(text)
            self._shown.setVisible(bool(text))  # a text that may only be read and has a default
            return
        unit = f" {self.question.unit}" if text and self.question.unit else ""
        self._shown.setText(f"{text}{unit}" if text else tr("form.not_yet_known"))

    def _show_in_editor(self) -> None:
        session, lang = self._binding.session, self._binding.language
        assert self.editor is not None
        if _listed(self.question):
            self.editor.set_choices(session.choices(self.path, lang))
        if not self._typed and not self._binding.is_unreadable(self.path):
            self.editor.show_value(session.value(self.path))
        readonly = session.readonly(self.path)
        self.editor.set_readonly(readonly)
        self._readonly.setVisible(readonly)
        self._count()

    def _edit(self) -> None:
        self._typed = True
        self._count()
        self._binding.typed()

    def _settle(self) -> None:
        self._typed = True
        self.flush()
        self._binding.leave(self.path)

    def _count(self) -> None:
        """How much of an allowed length is used, counted by the form's own expression."""
        if self._limit is not None and self.editor is not None:
            used = self._limit.used(self.editor.value(), self._binding.session)
            self.editor.set_counter(
                tr("form.counter", used=used, limit=self._limit.limit), used > self._limit.limit
            )


def _listed(question: Question) -> bool:
    """Whether its choices are offered as a list; records to refer to are searched for."""
    return question.is_selection and not question.refers


def _has_choices(question: Question) -> bool:
    """Whether its editor is made with choices; those of a range are the labels of some of its numbers."""
    return _listed(question) or (question.itemset is not None and not question.is_selection)


def _room(question: Question) -> int:
    """How many half-width characters of choices fit side by side where the question stands."""
    return {"third": 24, "half": 40}.get(question.width, 40 if question.kind == "select_one" else 90)


def problem_text(problem: Problem, lang: str) -> str:
    """The form's own message in the person's language if it has one, else ours for the kind of problem."""
    return _message(problem, "message", lang) or problem_sentence(problem)


def _marked_problem(problem: Problem, lang: str) -> str:
    """The same with the markup that the form's message has."""
    return _message(problem, "marked", lang) or literal(problem_text(problem, lang))


def _message(problem: Problem, part: str, lang: str) -> str:
    messages = problem.values.get(part)
    return str(messages.get(lang) or next(iter(messages.values()), "")) if isinstance(messages, dict) else ""
