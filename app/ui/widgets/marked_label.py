"""A label that shows the markup of a form: emphasis, colours, lists, links that open only on a click."""

from __future__ import annotations

import re
from html import escape
from itertools import groupby

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QFocusEvent
from PySide6.QtWidgets import QLabel

from app.ui.tokens import SECTION_PX, TEXT_PX, Tokens, legible
from core.forms.model.markup import Line, Run, is_marked, lines_in, plain_words
from core.forms.model.markup_tokens import Look

_HEADING_PX = (18, 16, SECTION_PX)  # of the levels 1 to 3; deeper ones are as large as words
_LIST_INDENT_PX = 16
_BY_TAB = {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason}
_LONG_WORD = re.compile(r"[!-~]{32}(?=[!-~])")
_SCHEMES = {"http", "https", "mailto"}


class MarkedLabel(QLabel):
    """Words of a form in the look `name` of the style sheet; as plain text where they have no markup."""

    def __init__(self, tokens: Tokens, name: str, marked: str = "", *, wrap: bool = True) -> None:
        super().__init__()
        self._tokens = tokens
        self._marked: str | None = None
        self.setObjectName(name)
        self.setWordWrap(wrap)
        self.linkActivated.connect(open_address)
        self.linkHovered.connect(self.setToolTip)
        self.show_marked(marked)

    def show_marked(self, marked: str) -> None:
        """Show this text of a form, which may have markup."""
        if marked == self._marked:
            return
        self._marked = marked
        rich = is_marked(marked)
        self.setTextFormat(Qt.TextFormat.RichText if rich else Qt.TextFormat.PlainText)
        self.setText(rich_text(marked, self._tokens) if rich else _breakable(plain_words(marked)))
        self.setAccessibleName(plain_words(marked, addresses=True))
        links = any(run.look.address for line in lines_in(marked) for run in line.runs) if rich else False
        flags = (
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.setTextInteractionFlags(flags if links else Qt.TextInteractionFlag.NoTextInteraction)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if links else Qt.FocusPolicy.NoFocus)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Coming by Tab one stands on the first link at once, by Shift+Tab on the last."""
        super().focusInEvent(event)
        if event.reason() in _BY_TAB:
            self.focusNextPrevChild(event.reason() == Qt.FocusReason.TabFocusReason)

    @property
    def words(self) -> str:
        """What it says, without markup."""
        return plain_words(self._marked or "")


def open_address(address: str) -> None:
    """Open the address of a link in the system's own program, if it is one of the web or of mail."""
    url = QUrl(address, QUrl.ParsingMode.StrictMode)
    if url.scheme() in _SCHEMES:
        QDesktopServices.openUrl(url)


def rich_text(marked: str, tokens: Tokens) -> str:
    """The markup as Qt's rich text. Colours are moved towards that of text until they can be read."""
    return "".join(_paragraph(line, tokens) for line in lines_in(marked))


def _paragraph(line: Line, tokens: Tokens) -> str:
    words = "".join(
        _link(address, list(runs), tokens)
        for address, runs in groupby(line.runs, lambda run: run.look.address)
    )
    if line.level:
        px = _HEADING_PX[line.level - 1] if line.level <= len(_HEADING_PX) else TEXT_PX
        words = f'<span style="font-size:{px}px; font-weight:700">{words}</span>'
    if line.mark:
        indent = f"margin:0 0 0 {_LIST_INDENT_PX}px; text-indent:-{_LIST_INDENT_PX - 2}px"
        return f'<p style="{indent}">{line.mark}&nbsp;{words}</p>'
    return f'<p style="margin:0">{words or "&nbsp;"}</p>'


def _link(address: str, runs: list[Run], tokens: Tokens) -> str:
    words = "".join(_styled(run, tokens) for run in runs)
    if not address:
        return words
    shown, place = "".join(run.words for run in runs), _place(address)
    behind = "" if place in shown else f' <span style="color:{tokens.muted}">({escape(place)})</span>'
    return f'<a href="{escape(address)}" style="color:{tokens.link}">{words}</a>{behind}'


def _place(address: str) -> str:
    """Where an address leads: its host, or who gets the letter."""
    url = QUrl(address)
    return url.host() or url.path()


def _breakable(words: str) -> str:
    """Long addresses and the like may break too: Qt would cut them off where the line ends."""
    return _LONG_WORD.sub("\\g<0>\u200b", words)


def _styled(run: Run, tokens: Tokens) -> str:
    words = escape(_breakable(run.words)).replace("\n", "<br>")
    style = _style(run.look, tokens)
    return f'<span style="{style}">{words}</span>' if style else words


def _style(look: Look, tokens: Tokens) -> str:
    colour = QColor(look.colour) if look.colour else QColor()
    styles = (
        "font-weight:700" if look.strong else "",
        "font-style:italic" if look.emphasis else "",
        "text-decoration:underline" if look.underlined else "",
        f"font-family:{escape(look.font)}" if look.font else "",
        f"color:{legible(colour.name(), tokens)}" if colour.isValid() and not look.address else "",
    )
    return "; ".join(filter(None, styles))
