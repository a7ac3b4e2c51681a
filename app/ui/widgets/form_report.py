"""What a form file says and has wrong, and what installing it would change: three cards."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.errors import finding_sentence
from app.i18n import language, tr
from app.ui.look import Look
from app.ui.tokens import GAP
from app.ui.widgets.card import Badge, Card, clear_layout, named_label
from app.usecases.forms import Effect, FormReading
from core.forms.model.form import Form
from core.forms.model.items import Repeat

SHOWN = 200  # findings or changes; whoever has more begins with these
CHOICES_SHOWN = 12
BADGE_WIDTH = 76


class FormReport(QWidget):
    """Shows one reading of a form file."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP)

    def show_reading(self, reading: FormReading) -> None:
        """Show what was read in place of what was shown."""
        clear_layout(self._column)
        self._column.addWidget(self._checks(reading))
        if reading.form is not None:
            self._column.addWidget(self._facts(reading, reading.form))
            self._column.addWidget(self._changes(reading))

    def _facts(self, reading: FormReading, form: Form) -> Card:
        card = Card(tr("import_form.facts"))
        asked = sum(question.asked for question in form.questions())
        repeats = sum(isinstance(item, Repeat) for item in form.items())
        rows = QFormLayout()
        rows.setHorizontalSpacing(GAP * 2)
        rows.setVerticalSpacing(0)
        for key, text in (
            ("form_title", form.title(language())),
            ("form_id", form.form_id),
            ("version", form.version or "—"),
            ("questions", tr("import_form.question_count", asked=asked, repeats=repeats)),
            ("languages", "、".join(map(_in_words, form.languages)) or tr("import_form.one_language")),
            ("file", reading.file.name),
        ):
            shown = named_label("shown", text, wrap=True, selectable=True)
            rows.addRow(named_label("label", tr(f"import_form.{key}")), shown)
        card.body.addLayout(rows)
        return card

    def _checks(self, reading: FormReading) -> Card:
        findings = reading.findings
        card = Card(tr("import_form.checks", file=reading.file.name))
        card.body.setSpacing(2)
        errors = sum(one.stands_in_the_way for one in findings)
        warnings = len(findings) - errors
        words = tr("import_form.errors", errors=errors, warnings=warnings) if errors else (
            tr("import_form.warnings", warnings=warnings) if warnings else tr("import_form.all_well")
        )  # fmt: skip
        card.body.addWidget(named_label("shown", words, wrap=True))
        for finding in findings[:SHOWN]:
            kind = "bad" if finding.stands_in_the_way else "warn"
            badge = Badge(tr(f"finding.{finding.severity}"), kind)
            card.body.addLayout(_badged(badge, finding_sentence(finding)))
        if len(findings) > SHOWN:
            more = tr("finding.more", count=len(findings) - SHOWN)
            card.body.addWidget(named_label("muted", more))
        return card

    def _changes(self, reading: FormReading) -> Card:
        card = Card(tr("import_form.compared"))
        card.body.setSpacing(0)
        lines = [_standing(reading)]
        if reading.installed is not None and not reading.known:
            lines += list(_effect_lines(reading.effects)) or [tr("import_form.no_changes")]
        for line in lines:
            card.body.addWidget(named_label("shown", line, wrap=True, selectable=True))
        return card


def _in_words(code: str) -> str:
    """A language as its speakers call it; what an author calls it where it has no code."""
    own = {"zh": tr("settings.language_zh"), "en": tr("settings.language_en")}
    return own.get(code) or QLocale(code).nativeLanguageName() or code


def _badged(badge: Badge, words: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(GAP)
    holder = QVBoxLayout()
    holder.addWidget(badge)
    holder.addStretch(1)
    badge.setMinimumWidth(BADGE_WIDTH)
    row.addLayout(holder)
    row.addWidget(named_label("shown", words, wrap=True, selectable=True), 1)
    return row


def _standing(reading: FormReading) -> str:
    """How this form stands to the installed one."""
    assert reading.form is not None
    if reading.known:
        return tr("import_form.known" if reading.origin is None else "from_server.link")
    if reading.installed is None:
        return tr("import_form.brand_new")
    old = reading.installed.version
    if reading.new_files:
        return tr("from_server.new_files", version=old, records=reading.records)
    if reading.older:
        return tr("import_form.older", version=old)
    if reading.same_version:
        return tr("import_form.same_version", version=old)
    return tr("import_form.newer", old=old, new=reading.form.version, records=reading.records)


def _effect_lines(effects: Iterable[Effect]) -> Iterable[str]:
    effects = list(effects)
    for effect in effects[:SHOWN]:
        yield from _effect_words(effect)
    if len(effects) > SHOWN:
        yield tr("import_form.more", count=len(effects) - SHOWN)


def _effect_words(effect: Effect) -> Iterable[str]:
    change, unused = effect.change, "" if effect.records else "_unused"
    kinds = (change.before, change.after) if change.kind != "reworded" else ("", "")
    before, after = (tr(f"kind.{kind}") if kind else "" for kind in kinds)
    values = {"label": change.label, "records": effect.records, "before": before, "after": after}
    if change.kind == "added":
        yield tr("import_form.added", **values)
    elif change.kind == "reworded":
        yield tr("import_form.reworded", before=change.before, after=change.after)
    elif change.kind in {"removed", "retyped", "moved", "renamed", "rules"}:
        rules = "、".join(tr(f"rule.{name}") for name in change.rules)
        old, new = (path.rpartition("/")[2] for path in (change.old_path, change.path))
        yield tr(f"import_form.{change.kind}{unused}", rules=rules, old=old, new=new, **values)
    if change.choices_added:
        yield tr("import_form.choices_added", choices=_named(change.choices_added), **values)
    if change.choices_removed:
        choices = _named(change.choices_removed)
        yield tr(f"import_form.choices_removed{unused}", choices=choices, **values)


def _named(choices: tuple[tuple[str, str], ...]) -> str:
    names = "、".join(label for _, label in choices[:CHOICES_SHOWN])
    left = len(choices) - CHOICES_SHOWN
    return f"{names}{tr('import_form.more', count=left)}" if left > 0 else names
