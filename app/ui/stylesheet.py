"""The one style sheet and palette, made from tokens. Everything else is Qt's Fusion style."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QColor, QPalette

from app.ui.tokens import (
    ACTION_ROW,
    FIELD_HEIGHT,
    SECTION_PX,
    SMALL_PX,
    TALL_ACTION_ROW,
    TITLE_PX,
    Tokens,
)


def palette(t: Tokens) -> QPalette:
    """Fusion's palette in these colours, so that dialogs and unstyled widgets fit too."""
    made = QPalette()
    roles = {
        QPalette.ColorRole.Window: t.page,
        QPalette.ColorRole.WindowText: t.text,
        QPalette.ColorRole.Base: t.field,
        QPalette.ColorRole.AlternateBase: t.stripe,
        QPalette.ColorRole.Text: t.text,
        QPalette.ColorRole.Button: t.card,
        QPalette.ColorRole.ButtonText: t.text,
        QPalette.ColorRole.ToolTipBase: t.card,
        QPalette.ColorRole.ToolTipText: t.text,
        QPalette.ColorRole.Highlight: t.accent,
        QPalette.ColorRole.HighlightedText: t.on_accent,
        QPalette.ColorRole.PlaceholderText: t.muted,
        QPalette.ColorRole.Link: t.link,
        QPalette.ColorRole.Light: t.card,
        QPalette.ColorRole.Midlight: t.line,
        QPalette.ColorRole.Mid: t.line_strong,
        QPalette.ColorRole.Dark: t.line_strong,
        QPalette.ColorRole.Accent: t.accent,
    }
    for role, colour in roles.items():
        made.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(t.muted))
    return made


def style_sheet(t: Tokens, icons: Path) -> str:
    """The whole look. Widgets are addressed by `objectName` roles and the dynamic property `kind`."""
    chevron = (icons / "control-chevron.svg").as_posix()
    chevron_on_accent = (icons / "control-chevron-on-accent.svg").as_posix()
    check = (icons / "control-check.svg").as_posix()
    inner = FIELD_HEIGHT - 2
    return f"""
QWidget {{ color: {t.text}; }}
QMainWindow, QDialog, QWidget#page, QScrollArea#page, QWidget#pageBody {{ background: {t.page}; }}
QToolTip {{ background: {t.card}; color: {t.text}; border: 1px solid {t.line}; padding: 4px 6px; }}

QMenuBar {{ background: {t.navigation}; border-bottom: 1px solid {t.line}; padding: 2px 6px; }}
QMenuBar::item {{ background: transparent; padding: 4px 9px; border-radius: 5px; }}
QMenuBar::item:selected {{ background: {t.hover}; }}
QMenu {{ background: {t.card}; border: 1px solid {t.line}; padding: 5px; }}
QMenu::item {{ padding: 6px 28px 6px 12px; border-radius: 5px; }}
QMenu::item:selected {{ background: {t.selected}; color: {t.text}; }}
QMenu::item:disabled {{ color: {t.muted}; }}
QMenu::separator {{ height: 1px; background: {t.line}; margin: 5px 8px; }}
QMenu::indicator {{ width: 14px; height: 14px; left: 6px; }}

QWidget#navigation {{ background: {t.navigation}; border-right: 1px solid {t.line}; }}
QToolButton#navigationItem {{ border: 2px solid transparent; border-radius: 7px; padding: 0 10px;
    background: transparent; color: {t.text}; }}
QToolButton#navigationItem:hover {{ background: {t.hover}; }}
QToolButton#navigationItem:checked {{ background: {t.selected}; color: {t.link}; }}
QToolButton#navigationItem:focus {{ border-color: {t.accent}; }}
QLabel#navigationCount {{ background: {t.warn_soft}; color: {t.warn}; border-radius: 8px; padding: 1px 7px;
    font-size: {SMALL_PX}px; }}

QFrame#card {{ background: {t.card}; border: 1px solid {t.line}; border-radius: 8px; }}
QFrame#row {{ background: {t.stripe}; border: 1px solid {t.line}; border-radius: 7px; }}
QFrame#option {{ background: {t.card}; border: 1px solid {t.line}; border-radius: 7px; }}
QFrame#option:hover {{ border-color: {t.line_strong}; }}
QFrame#option[kind="on"] {{ border: 1px solid {t.accent}; background: {t.selected}; }}
QLabel#value {{ font-size: {SECTION_PX}px; }}
QListWidget::item {{ padding: 8px 10px; border-radius: 6px; color: {t.text}; }}
QListWidget::item:hover {{ background: {t.hover}; }}
QListWidget::item:selected {{ background: {t.selected}; color: {t.link}; }}
QLabel#title {{ font-size: {TITLE_PX}px; font-weight: 700; }}
QLabel#section {{ font-size: {SECTION_PX}px; font-weight: 700; }}
QLabel#figureNumber {{ font-size: {TITLE_PX}px; font-weight: 700; }}
QFrame#figureCell {{ border: 1px solid {t.line}; border-radius: 6px; background: {t.card}; }}
QListWidget#missing {{ border: 1px solid {t.line}; border-radius: 6px; background: {t.field}; padding: 4px; }}
QListWidget#missing::item {{ color: {t.link}; padding: 3px 6px; border-radius: 4px; }}
QListWidget#missing::item:hover {{ background: {t.hover}; }}
QListWidget#missing::item:selected {{ background: {t.selected}; color: {t.text}; }}
QLabel#subsection {{ font-weight: 700; }}
QLabel#muted, QLabel#hint, QLabel#counter {{ color: {t.muted}; }}
QLabel#hint, QLabel#counter, QLabel#problem, QLabel#small {{ font-size: {SMALL_PX}px; }}
QLabel#label {{ color: {t.muted}; }}
QLabel#guidance {{ background: {t.quiet_soft}; color: {t.text}; border-radius: 6px; padding: 6px 10px; }}
QLabel#caution {{ background: {t.warn_soft}; color: {t.warn}; border-radius: 6px; padding: 6px 10px; }}
QLabel#problem, QLabel#counter[kind="bad"], QLabel#hint[kind="bad"] {{ color: {t.bad}; }}
QLabel#problem[kind="warn"] {{ color: {t.warn}; }}
QLabel#status {{ color: {t.muted}; font-size: {SMALL_PX}px; }}
QLabel#unit, QLabel#fileName[kind="absent"] {{ color: {t.muted}; }}
QLabel#shown {{ padding: 5px 0; }}
QLabel#mark {{ color: {t.warn}; background: {t.warn_soft}; border-radius: 4px; padding: 0 5px;
    font-size: {SMALL_PX}px; }}

QLabel#badge {{ border-radius: 6px; padding: 4px 10px; background: {t.quiet_soft}; color: {t.muted}; }}
QLabel#badge[kind="good"] {{ background: {t.good_soft}; color: {t.good}; }}
QLabel#badge[kind="warn"] {{ background: {t.warn_soft}; color: {t.warn}; }}
QLabel#badge[kind="bad"] {{ background: {t.bad_soft}; color: {t.bad}; }}

QFrame#banner {{ border-radius: 7px; border: 1px solid {t.line}; background: {t.card}; }}
QFrame#banner[kind="good"] {{ background: {t.good_soft}; border-color: {t.good_soft}; }}
QFrame#banner[kind="warn"] {{ background: {t.warn_soft}; border-color: {t.warn_soft}; }}
QFrame#banner[kind="bad"] {{ background: {t.bad_soft}; border-color: {t.bad_soft}; }}
QLabel#bannerText[kind="good"] {{ color: {t.good}; }}
QLabel#bannerText[kind="warn"] {{ color: {t.warn}; }}
QLabel#bannerText[kind="bad"] {{ color: {t.bad}; }}

QPushButton {{ background: {t.card}; border: 1px solid {t.line}; border-radius: 6px; padding: 0 12px;
    min-height: {inner}px; }}
QPushButton:hover {{ background: {t.hover}; border-color: {t.line_strong}; }}
QPushButton:pressed {{ background: {t.selected}; }}
QPushButton:focus {{ border: 1px solid {t.accent}; }}
QPushButton:disabled {{ color: {t.muted}; background: {t.field_disabled}; border-color: {t.line}; }}
QPushButton:checked {{ background: {t.selected}; border-color: {t.accent}; color: {t.link}; }}
QPushButton[kind="primary"] {{ background: {t.accent}; border-color: {t.accent}; color: {t.on_accent};
    font-weight: 700; }}
QPushButton[kind="primary"]:hover {{ background: {t.accent_hover}; border-color: {t.accent_hover}; }}
QPushButton[kind="primary"]:pressed {{ background: {t.accent_pressed}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {t.text}; }}
QPushButton[kind="primary"]:disabled {{ background: {t.quiet_soft}; border-color: {t.line};
    color: {t.muted}; }}
QPushButton::menu-indicator {{ image: url({chevron}); width: 14px; height: 14px; right: 9px;
    subcontrol-position: right center; subcontrol-origin: padding; }}
QPushButton[kind="primary"]::menu-indicator {{ image: url({chevron_on_accent}); }}
QPushButton[menu="true"] {{ padding-right: 28px; }}
QPushButton[kind="flat"] {{ background: transparent; border-color: transparent; padding: 0 6px;
    color: {t.link}; }}
QPushButton[kind="flat"][menu="true"] {{ padding-right: 26px; }}
QPushButton[kind="flat"]:hover {{ background: {t.hover}; }}
QPushButton[kind="flat"]:checked {{ background: {t.selected}; }}
QPushButton[kind="flat"]:focus {{ border-color: {t.accent}; }}
QPushButton[kind="flat"]:disabled {{ color: {t.muted}; }}
QPushButton#actionRow {{ background: transparent; border: 1px solid transparent; border-radius: 7px;
    padding: 0; text-align: left; min-height: {ACTION_ROW - 2}px; }}
QPushButton#actionRow[tall="true"] {{ min-height: {TALL_ACTION_ROW - 2}px; }}
QPushButton#actionRow:hover {{ background: {t.hover}; }}
QPushButton#actionRow:pressed {{ background: {t.selected}; }}
QPushButton#actionRow:focus {{ border-color: {t.accent}; }}
QLabel#rowTitle {{ font-weight: 700; }}
QLabel#rowIcon {{ background: {t.quiet_soft}; border-radius: 8px; }}
QLabel#rowIcon[kind="link"] {{ background: {t.selected}; }}
QLabel#rowIcon[kind="good"] {{ background: {t.good_soft}; }}
QLabel#rowIcon[kind="warn"] {{ background: {t.warn_soft}; }}
QLabel#rowIcon[kind="bad"] {{ background: {t.bad_soft}; }}
QLabel#figure {{ font-size: {SECTION_PX}px; font-weight: 700; }}
QLabel#heading {{ color: {t.muted}; font-size: {SMALL_PX}px; font-weight: 700; }}
QToolButton#photoTile {{ border: 1px solid {t.line}; border-radius: 6px; background: {t.quiet_soft}; }}
QToolButton#photoTile:hover {{ border-color: {t.line_strong}; }}
QToolButton#photoTile:focus {{ border-color: {t.accent}; }}
QToolButton#photoTile[kind="bad"] {{ border-color: {t.bad}; }}
QFrame#chip {{ background: {t.quiet_soft}; border: 1px solid {t.line}; border-radius: 6px; }}
QFrame#chip[kind="absent"] QLabel {{ color: {t.muted}; }}
QListWidget#searchPopup {{ background: {t.card}; border: 1px solid {t.line_strong}; border-radius: 7px;
    padding: 4px; }}
QListWidget#searchPopup::item {{ padding: 0; border-radius: 5px; }}
QListWidget#searchPopup::item:selected {{ background: {t.selected}; }}
QToolButton#plain {{ border: 1px solid transparent; border-radius: 6px; background: transparent;
    padding: 4px; }}
QToolButton#plain:hover {{ background: {t.hover}; }}
QToolButton#plain:focus {{ border-color: {t.accent}; }}
QToolButton#formPicture {{ border: 2px solid transparent; background: transparent; padding: 0; margin: 0; }}
QToolButton#formPicture:focus {{ border-color: {t.accent}; }}

QLineEdit, QPlainTextEdit, QComboBox {{ background: {t.field}; border: 1px solid {t.line};
    border-radius: 6px; selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QLineEdit, QPlainTextEdit {{ placeholder-text-color: {t.muted}; }}
QLineEdit {{ padding: 0 9px; min-height: {inner}px; }}
QPlainTextEdit {{ padding: 4px 5px; }}
QComboBox {{ padding: 0 9px; min-height: {inner}px; }}
QComboBox:!editable {{ padding-left: 11px; }}
QDateEdit {{ background: {t.field}; border: 1px solid {t.line}; border-radius: 6px; padding: 0 9px;
    min-height: {inner}px; min-width: 96px; }}
QDateEdit:hover {{ border-color: {t.line_strong}; }}
QDateEdit:focus {{ border-color: {t.accent}; }}
QDateEdit:disabled {{ background: {t.field_disabled}; color: {t.muted}; }}
QDateEdit::drop-down {{ border: none; width: 26px; }}
QDateEdit::down-arrow {{ image: url({chevron}); width: 14px; height: 14px; }}
QCalendarWidget > QWidget {{ background: {t.card}; }}
QCalendarWidget QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 6px;
    color: {t.text}; padding: 4px 8px; margin: 3px; }}
QCalendarWidget QToolButton:hover {{ background: {t.hover}; }}
QCalendarWidget QToolButton:focus {{ border-color: {t.accent}; }}
QCalendarWidget QToolButton::menu-indicator {{ image: none; }}
QCalendarWidget QSpinBox {{ background: {t.field}; color: {t.text}; }}
QCalendarWidget QTableView {{ background: {t.card}; alternate-background-color: {t.card}; }}
QCalendarWidget QTableView::item {{ padding: 0; }}
QLineEdit:hover, QPlainTextEdit:hover, QComboBox:hover {{ border-color: {t.line_strong}; }}
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus {{ border-color: {t.accent}; }}
QLineEdit[kind="absent"] {{ color: {t.muted}; }}
QLineEdit[kind="bad"], QPlainTextEdit[kind="bad"], QComboBox[kind="bad"] {{ border-color: {t.bad}; }}
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled, QLineEdit:read-only,
QPlainTextEdit[readOnly="true"] {{
    background: {t.field_disabled}; color: {t.muted}; }}
QComboBox::drop-down {{ border: none; width: 26px; }}
QComboBox::down-arrow {{ image: url({chevron}); width: 14px; height: 14px; }}
QComboBox QAbstractItemView {{ background: {t.card}; border: 1px solid {t.line}; outline: none; padding: 4px;
    selection-background-color: {t.selected}; selection-color: {t.text}; }}
QListView#finds {{ background: {t.card}; border: 1px solid {t.line}; padding: 0 4px; }}
QListView#finds::item {{ min-height: 26px; padding: 0 6px; border-radius: 5px; color: {t.text}; }}
QListView#finds::item:hover {{ background: {t.hover}; }}
QListView#finds::item:selected {{ background: {t.selected}; color: {t.text}; }}
QComboBox QLineEdit {{ border: none; padding: 0; min-height: 0; background: transparent; }}

QCheckBox, QRadioButton {{ spacing: 7px; min-height: 24px; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: 14px; height: 14px; background: {t.field};
    border: 1px solid {t.outline}; }}
QCheckBox::indicator {{ border-radius: 4px; }}
QRadioButton::indicator {{ border-radius: 8px; }}
QCheckBox::indicator:hover, QRadioButton::indicator:hover {{ border-color: {t.accent}; }}
QCheckBox::indicator:checked {{ background: {t.accent}; border-color: {t.accent}; image: url({check}); }}
QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 5px solid {t.accent};
    background: {t.on_accent}; }}
QCheckBox[kind="bad"]::indicator, QRadioButton[kind="bad"]::indicator {{ border-color: {t.bad}; }}
QRadioButton[bare="true"] {{ spacing: 0; padding: 0 5px; }}
QCheckBox:focus, QRadioButton:focus {{ color: {t.link}; text-decoration: underline; }}
QCheckBox:focus::indicator, QRadioButton:focus::indicator {{ border-color: {t.accent}; }}
QListWidget#ranking {{ border: 1px solid {t.line}; border-radius: 6px; background: {t.field}; padding: 3px; }}
QListWidget#ranking:focus {{ border-color: {t.accent}; }}
QListWidget#ranking[kind="bad"] {{ border-color: {t.bad}; }}
QListWidget#ranking::item {{ padding: 4px 6px; }}
QToolButton#star {{ border: 1px solid transparent; border-radius: 5px; font-size: {TITLE_PX}px;
    color: {t.link}; padding: 0 2px; }}
QToolButton#star:focus, QToolButton#star:hover {{ border-color: {t.accent}; }}
QToolButton#star[kind="bad"] {{ border-color: {t.bad}; }}
QToolButton#star:disabled {{ color: {t.muted}; }}
QToolButton#step {{ border: 1px solid {t.line}; border-radius: 6px; background: {t.card}; color: {t.text};
    min-width: 26px; min-height: {inner}px; max-height: {inner}px; padding: 0 3px; }}
QToolButton#step:hover, QToolButton#step:focus {{ border-color: {t.accent}; }}
QToolButton#step:checked {{ background: {t.selected}; color: {t.link}; }}
QToolButton#step:disabled {{ color: {t.muted}; background: {t.field_disabled}; }}
QLabel#value[kind="bad"] {{ color: {t.bad}; }}
QLabel#value[kind="empty"] {{ color: {t.muted}; font-size: {SMALL_PX}px; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {t.outline}; }}
QSlider::groove:vertical {{ width: 4px; border-radius: 2px; background: {t.outline}; }}
QSlider::handle {{ background: {t.accent}; border: 2px solid {t.card}; border-radius: 9px; }}
QSlider::handle:horizontal {{ width: 14px; margin: -7px 0; }}
QSlider::handle:vertical {{ height: 14px; margin: 0 -7px; }}
QSlider[kind="empty"]::handle {{ background: {t.card}; border-color: {t.outline}; }}
QSlider::handle:focus, QSlider[kind="empty"]::handle:focus {{ border-color: {t.text}; }}
QSlider::handle:disabled {{ background: {t.muted}; }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {t.muted}; }}

QTableView, QListView {{ background: {t.card}; alternate-background-color: {t.stripe}; border: none;
    outline: none; selection-background-color: {t.selected}; selection-color: {t.text};
    gridline-color: {t.line}; }}
QTableView::item {{ padding: 0 8px; border: none; }}
QTableView::item:selected {{ background: {t.selected}; color: {t.text}; }}
QHeaderView {{ background: {t.card}; border: none; }}
QHeaderView::section {{ background: {t.card}; color: {t.muted}; border: none; padding: 0 11px; height: 36px;
    border-bottom: 1px solid {t.line}; font-weight: 700; }}
QTableCornerButton::section {{ background: {t.card}; border: none; border-bottom: 1px solid {t.line}; }}
QHeaderView::section:hover {{ color: {t.text}; }}

QScrollArea {{ border: none; background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 11px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 2px; }}
QScrollBar::handle {{ background: {t.line_strong}; border-radius: 3px; min-height: 28px; min-width: 28px; }}
QScrollBar::handle:disabled {{ background: transparent; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
    background: none; border: none; width: 0; height: 0; }}

QProgressBar {{ background: {t.quiet_soft}; border: none; border-radius: 5px; min-height: 18px;
    max-height: 18px; text-align: center; font-size: {SMALL_PX}px; color: {t.text}; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 5px; }}
QProgressBar[textVisible="true"]::chunk {{ background: {t.progress}; }}
QSplitter::handle {{ background: transparent; }}
"""
