"""Every kind of question in every look: on screen, answered by the keyboard alone, and what it stores."""

from functools import cache

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDesktopServices, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget

from app.paths import resources_folder
from app.ui.forms.binding import FormBinding
from app.ui.forms.choice_buttons import RadioEditor
from app.ui.forms.choice_editors import ComboEditor
from app.ui.forms.form_view import FormView
from app.ui.forms.make_editor import make_editor
from app.ui.forms.range_editor import SliderEditor
from app.ui.forms.repeat_box import RepeatBox
from app.ui.icons import Icons
from app.ui.look import Look
from app.ui.tokens import DARK, LIGHT, contrast, legible
from app.ui.widgets.marked_label import MarkedLabel, open_address, rich_text
from core.forms.model.choices import Choice
from core.forms.model.quoting import literal
from core.forms.model.ranges import range_of
from core.forms.submission.reading import read_submission
from core.forms.submission.writing import write_submission
from core.forms.workbook.xlsform import compile_sheets
from core.forms.xform.reading import parse_xform
from tests.app.ui.forms.every_look import ANSWERS, every_look
from tests.core.forms.making import session_of

KEY = Qt.Key


@cache
def every_look_form():
    return parse_xform(every_look())


@pytest.fixture
def show(qtbot):
    """Shows the form with these answers besides the usual ones."""

    def shown(**answers):
        session = session_of(every_look_form())
        for path, value in {**ANSWERS, **{f"/{name}": value for name, value in answers.items()}}.items():
            session.set(path, value)
        binding = FormBinding(session)
        look = Look(LIGHT, Icons(resources_folder() / "icons", LIGHT.text, LIGHT.muted))
        top = QWidget()
        qtbot.addWidget(top)
        view = FormView(look, binding, top)
        view.resize(980, 4600)
        top.resize(980, 4600)
        top.show()
        top.activateWindow()
        view.binding, view.top = binding, top
        return view

    return shown


@pytest.fixture
def view(show):
    return show()


def press(widget, *keys, modifier=Qt.KeyboardModifier.NoModifier):
    widget.setFocus()
    for key in keys:
        QTest.keyClick(widget, key, modifier)


def value(view, name):
    return view.binding.session.value(f"/{name}")


def editor(view, name):
    return view.box(f"/{name}").editor


def test_every_answer_is_shown_and_only_passing_changes_nothing(view):
    before = view.binding.session.answers()
    for path, answer in ANSWERS.items():
        shown = view.box(path).editor
        assert (path, shown.value()) == (path, answer)
        shown.settled.emit()
    assert view.binding.session.answers() == before


# Markup


def labels(widget, name):
    return [one for one in widget.findChildren(MarkedLabel, name) if not one.isHidden()]


def test_a_note_shows_its_markup_and_reads_out_its_words(view):
    (about,) = labels(view.box("/about"), "label")
    assert about.textFormat() == Qt.TextFormat.RichText
    assert "<i" in about.text() or "font-style:italic" in about.text()
    assert about.words.splitlines()[:2] == ["填写前请读", "请带上户口簿和房产证，见填写手册。"]
    assert "填写手册 (https://example.org/guide)" in about.accessibleName()


def test_what_a_person_typed_into_a_label_stays_words(view):
    (hello,) = labels(view.box("/hello"), "label")
    assert hello.words == "示例*甲* 您好，请核对"
    assert "示例*甲*" in hello.text()


def test_a_link_shows_where_it_leads_and_opens_only_on_a_click(view, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    (about,) = labels(view.box("/about"), "label")
    assert "(example.org)" in about.text()
    assert opened == []
    about.linkHovered.emit("https://example.org/guide")
    assert about.toolTip() == "https://example.org/guide"
    about.linkActivated.emit("https://example.org/guide")
    for refused in ("file:///etc/passwd", "javascript:alert(1)", "smb://x", "ftp://x"):
        open_address(refused)
    assert opened == ["https://example.org/guide"]
    assert about.focusPolicy() == Qt.FocusPolicy.StrongFocus


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#ff0000", "#003399", "#ffff00", "#777777"])
def test_every_colour_can_be_read(tokens, colour):
    assert contrast(legible(colour, tokens), tokens.card) >= 4.5


def test_no_answer_becomes_a_tag_of_the_rich_text():
    shown = rich_text("**x** " + literal("<img src=x>&amp;<br>\n*y*"), LIGHT)
    assert "&lt;img src=x&gt;&amp;amp;&lt;br&gt;<br>*y*" in shown


def test_a_message_of_the_form_shows_its_markup(view):
    people = view.box("/people")
    assert people.problem_text == "示例*甲* 家最多 19 人"
    (said,) = labels(people, "problem")
    assert "font-weight:700" in said.text()


def test_marked_choices_are_plain_words_in_lists_and_marked_on_buttons(view):
    assert editor(view, "listed").box.itemText(1) == "小青瓦"
    button = editor(view, "pack").buttons["tile"]
    assert button.accessibleName() == "小青瓦"
    assert "font-weight:700" in button.findChild(MarkedLabel).text()
    assert value(view, "pack") == "steel"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(button.width() - 4, button.height() // 2))
    assert value(view, "pack") == "tile"


# Ranges


def test_a_range_is_empty_until_it_is_touched_and_the_first_key_takes_its_start(view):
    slider = editor(view, "empty")
    assert slider.shown.text() == "还没有回答"
    assert value(view, "empty") is None
    press(slider.slider, KEY.Key_Right)
    assert value(view, "empty") == 0
    press(slider.slider, KEY.Key_Right, KEY.Key_Right, KEY.Key_End)
    assert value(view, "empty") == 100
    press(slider.slider, KEY.Key_Delete)
    assert value(view, "empty") is None
    press(slider.slider, KEY.Key_Home)
    assert value(view, "empty") == 0


def test_a_press_on_an_untouched_handle_answers(view):
    slider = editor(view, "empty").slider
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(8, slider.height() // 2))
    assert value(view, "empty") == 0


def test_decimals_keep_the_digits_of_their_steps(view):
    press(editor(view, "decimals").slider, KEY.Key_Right)
    assert value(view, "decimals") == {"d": "2.0"}
    press(editor(view, "upright").slider, KEY.Key_Up, KEY.Key_Up)
    assert value(view, "upright") == 30


def test_the_wheel_changes_no_slider_and_no_ranking(view):
    for widget in (editor(view, "slide").slider, editor(view, "ranked").list):
        delta = QPoint(0, -120)
        none = Qt.MouseButton.NoButton
        event = QWheelEvent(QPointF(5, 5), QPointF(5, 5), delta, delta, none, Qt.KeyboardModifier.NoModifier,
                            Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
        QApplication.sendEvent(widget, event)
    assert (value(view, "slide"), value(view, "ranked")) == (ANSWERS["/slide"], ANSWERS["/ranked"])


def test_the_ends_of_a_range_have_their_labels_and_an_answer_too(view):
    slider = editor(view, "labelled")
    assert slider.shown.text() == "10 很愿意"
    assert "0 不愿意" in [label.text() for label in slider.findChildren(QLabel, "unit")]
    press(slider.slider, KEY.Key_Left)
    assert slider.shown.text() == "5"


def test_long_words_at_the_ends_of_a_range_leave_the_slider_its_width(qtbot):
    look = Look(LIGHT, Icons(resources_folder() / "icons", LIGHT.text, LIGHT.muted))
    question = every_look_form().question("/labelled")
    ends = [Choice("0", "一点也不愿意，除非别人都先改了"), Choice("10", "非常愿意，现在就可以开工")]
    slider = SliderEditor(look, range_of(question), question, ends)
    qtbot.addWidget(slider)
    slider.resize(480, 90)
    slider.show_value(10)
    slider.show()
    assert slider.slider.width() > 380
    assert slider.shown.text() == "10 非常愿意，现在就可以开工"


def test_stars_are_given_by_digits_and_taken_back(view):
    stars = editor(view, "stars")
    assert [star.text() for star in stars.stars] == ["★", "★", "★", "★", "☆"]
    press(stars.stars[0], KEY.Key_2)
    assert value(view, "stars") == 2
    press(stars.stars[0], KEY.Key_Right)
    press(QApplication.focusWidget(), KEY.Key_Space)
    assert value(view, "stars") is None  # the second star, that was chosen


def test_a_number_is_picked_from_a_list_and_one_of_an_earlier_form_stays(show):
    view = show(picked=77)
    picker = editor(view, "picked")
    assert picker.value() == 77
    picker.box.setCurrentIndex(3)
    picker.box.activated.emit(3)
    assert value(view, "picked") == 3


# Ranks


def test_a_ranking_is_moved_by_keys_digits_and_buttons(view):
    ranking = editor(view, "ranked")
    ranking.list.setCurrentRow(3)
    press(ranking.list, KEY.Key_Up, modifier=Qt.KeyboardModifier.AltModifier)
    assert value(view, "ranked") == ["slate", "tile", "steel", "other"]
    press(ranking.list, KEY.Key_1)
    assert value(view, "ranked") == ["steel", "slate", "tile", "other"]
    ranking.down_button.click()
    assert value(view, "ranked") == ["slate", "steel", "tile", "other"]
    ranking.clear_button.click()
    assert value(view, "ranked") is None
    assert ranking.list.item(0).text().startswith("–")


def test_an_unranked_list_says_so_and_is_taken_as_it_stands_or_by_dragging(view):
    ranking = editor(view, "unranked")
    said = [label.text() for label in ranking.findChildren(QLabel) if label.text()]
    assert any("还没有排好" in words for words in said)
    model = ranking.list.model()
    model.moveRow(ranking.list.rootIndex(), 4, ranking.list.rootIndex(), 0)  # as a drag does
    assert value(view, "unranked") == ["a5", "a1", "a2", "a3", "a4"]
    ranking.clear_button.click()
    ranking.keep_button.click()
    assert value(view, "unranked")[0] == "a1"


# Text, numbers, days


def test_what_is_hidden_shows_dots_and_its_words_when_asked(view):
    hidden = editor(view, "masked")
    assert hidden.line.echoMode() == QLineEdit.EchoMode.Password
    hidden.words_button.click()
    assert hidden.line.echoMode() == QLineEdit.EchoMode.Normal
    assert hidden.value() == "不给看"


def test_a_field_of_digits_takes_no_letters(view):
    line = editor(view, "digits").line
    line.clear()
    press(line, *"1a2-3 4")
    assert line.text() == "12-3 4"


def test_an_address_is_opened_only_if_it_is_one_of_the_web(view, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    site = editor(view, "site")
    site.open_button.click()
    site.line.setText("file:///etc/passwd")
    assert not site.open_button.isEnabled()
    assert opened == ["https://example.org/x"]


def test_a_counter_counts_by_buttons_and_arrows(view):
    counter = editor(view, "count")
    counter.more.click()
    press(counter.line, KEY.Key_Up, KEY.Key_Up, KEY.Key_Down)
    assert value(view, "count") == 5
    counter.less.click()
    assert value(view, "count") == 4


def test_thousands_are_set_apart_and_typed_either_way(view):
    income = editor(view, "income")
    assert income.line.text() == "1,234,567"
    income.line.setText("7,654,321")
    income.line.editingFinished.emit()
    assert value(view, "income") == 7654321
    assert editor(view, "area").line.text() == "12,345.60"
    assert view.box("/each").findChild(QLabel, "shown").text() == "3,827,160.5"


@pytest.mark.parametrize(
    ("name", "typed", "kept", "shown"),
    [
        ("month", "202603", "2026-03-01", "2026-03"), ("month", "2026年3月", "2026-03-01", "2026-03"),
        ("year", "1998", "1998-01-01", "1998"), ("hour", "9点05分", "09:05:00", "09:05"),
        ("hour", "0905", "09:05:00", "09:05"), ("moment", "20260301 9:05", "2026-03-01T09:05:00", "2026-03-01 09:05"),
        ("typed", "20260301", "2026-03-01", "2026-03-01"),
    ],
)  # fmt: skip
def test_days_months_years_and_times_are_typed_as_people_write_them(view, name, typed, kept, shown):
    line = editor(view, name).line
    line.setText(typed)
    line.textEdited.emit(typed)
    line.editingFinished.emit()
    assert value(view, name) == kept
    assert line.text() == shown


@pytest.mark.parametrize(("name", "typed"), [("month", "2026-13"), ("year", "二零"), ("hour", "25:61")])
def test_what_is_no_month_year_or_time_is_named_and_stays_on_screen(view, name, typed):
    line = editor(view, name).line
    line.setText(typed)
    line.textEdited.emit(typed)
    line.editingFinished.emit()
    assert view.box(f"/{name}").problem_text
    assert line.text() == typed
    assert value(view, name) is None


# Choices


def test_columns_have_one_width_and_the_number_the_author_wants(view):
    buttons = editor(view, "two").buttons
    lefts = sorted({button.x() for button in buttons.values()})
    assert len(lefts) == 2
    assert len({button.width() for button in buttons.values()}) == 1
    assert len({button.x() for button in editor(view, "fitting").buttons.values()}) > 3


def test_the_lines_of_a_grid_stand_in_columns_under_their_head(view):
    rows = [editor(view, name) for name in ("row_a", "row_b", "row_c")]
    head = view.findChild(QWidget, "") and next(
        box.editor for box in view.findChildren(type(view.box("/row_a"))) if "labels" in box.path
    )
    centres = [[one.mapTo(view, one.rect().center()).x() for one in row.buttons.values()] for row in rows]
    over = [one.mapTo(view, one.rect().center()).x() for one in head.heads.values()]
    assert centres[0] == centres[1] == centres[2]
    assert all(abs(x - y) <= 4 for x, y in zip(over, centres[0], strict=True))
    assert all(not one.isVisible() for one in head.buttons.values())
    assert rows[0].buttons["a1"].accessibleName() == "很满意"
    press(rows[2].buttons["a1"], KEY.Key_4)
    assert value(view, "row_c") == "a4"


def test_in_a_cell_of_a_table_a_line_of_a_grid_is_a_list(view):
    form = every_look_form()
    choices = view.binding.session.choices("/row_a", "zh")
    look = Look(LIGHT, Icons(resources_folder() / "icons", LIGHT.text, LIGHT.muted))
    assert isinstance(make_editor(look, form.question("/row_a"), choices, room=0), ComboEditor)
    assert isinstance(make_editor(look, form.question("/row_a"), choices, room=40), RadioEditor)


def test_the_words_above_a_line_of_choices_choose_too(view):
    QTest.mouseClick(editor(view, "likert").heads["a5"], Qt.MouseButton.LeftButton)
    assert value(view, "likert") == "a5"


def test_many_choices_are_looked_for_and_chosen_ones_stay_in_sight(view):
    found = editor(view, "found")
    found.search.setText("15")
    seen = [name for name, button in found.buttons.items() if not button.isHidden()]
    assert seen == ["p2", "p12", "p15"]
    press(found.search, KEY.Key_Return)
    assert value(view, "found") == ["p12", "p15", "p2"]
    assert found.search.text() == ""
    assert found.focusProxy() is found.search
    press(found.search, KEY.Key_Tab)
    assert QApplication.focusWidget() is found.buttons["p1"]


def test_enter_goes_on_to_the_next_question_past_all_choices_of_this_one(view):
    press(editor(view, "fitting").buttons["p1"], KEY.Key_Return)
    assert QApplication.focusWidget() is editor(view, "found").search
    press(editor(view, "stars").stars[0], KEY.Key_Return)
    assert QApplication.focusWidget() is editor(view, "read").box


def test_a_list_that_is_to_be_searched_is_searched_by_typing(view):
    assert editor(view, "searched").box.isEditable()
    assert not editor(view, "listed").box.isEditable()


# States


def test_what_is_required_wrong_or_read_only_is_told_in_words_too(show):
    view = show(owner=None)
    view.binding.reveal_problems()
    owner = view.box("/owner")
    assert owner.problem_text == "这一项必须填写。"
    assert "这一项必须填写" in owner.editor.accessibleDescription()
    assert owner.editor.line.accessibleName() == "户主姓名"
    assert "这一项必须填写" in owner.editor.line.accessibleDescription(), "said of what has the keyboard"
    assert view.box("/signed").editor.choose_button.accessibleDescription() == "签名", (
        "which photo it chooses"
    )
    assert view.box("/fixed").findChild(QLabel, "shown").text() == "不能改"


def test_every_kind_that_breaks_a_rule_is_marked_and_told(view):
    for name in (
        "long",
        "digits",
        "income",
        "picked",
        "stars",
        "read",
        "day",
        "listed",
        "pack",
        "fitting",
        "trace",
    ):
        box = view.box(f"/{name}")
        box.editor.set_bad(True)
        marked = [one for one in box.findChildren(QWidget) if one.property("kind") == "bad"]
        assert marked, name
        box.editor.set_bad(False)
        assert not [one for one in box.findChildren(QWidget) if one.property("kind") == "bad"], name


def test_read_only_by_an_answer_is_said_and_follows_it(view):
    locked = view.box("/locked")
    marks = [label.text() for label in locked.findChildren(QLabel, "mark") if not label.isHidden()]
    assert marks == ["只读"]
    assert "只读" in locked.editor.accessibleDescription()
    assert locked.editor.line.isReadOnly()
    view.binding.commit("/half", None)
    assert not [label for label in locked.findChildren(QLabel, "mark") if not label.isHidden()]
    assert not locked.editor.line.isReadOnly()


def test_the_keyboard_reaches_every_question_in_order(view):
    wanted = [box.path for box in view.findChildren(type(view.box("/owner"))) if box.editor is not None]
    wanted = [path for path in wanted if "labels" not in path and path != "/locked"]
    view.focus_first()
    reached = []
    for _ in range(200):
        focused = QApplication.focusWidget()
        box = next(
            (one for one in view.findChildren(type(view.box("/owner"))) if one.isAncestorOf(focused)), None
        )
        if box is not None and box.editor is not None and box.path not in reached:
            reached.append(box.path)
        QTest.keyClick(focused, KEY.Key_Tab)
    assert [path for path in reached if "]" not in path] == [path for path in wanted if "]" not in path]


def test_a_width_of_the_grid_theme_is_a_share_of_the_line(view):
    assert view.box("/quarter").span == 2
    assert view.box("/half").span == 3


def test_a_row_is_named_by_its_own_label(view):
    (row,) = view.binding.session.rows("/house")
    view.binding.commit(f"{row}/kind", "砖房")
    assert "房屋：砖房" in " ".join(label.text() for label in view.findChildren(QLabel, "subsection"))


def rows_box(view, name):
    return next(one for one in view.findChildren(RepeatBox) if one.path == f"/{name}")


def test_rows_that_the_form_counts_are_neither_added_nor_removed_and_surplus_ones_are_told(view):
    first, _ = view.binding.session.rows("/member")
    view.binding.commit(f"{first}/who", "示例乙")
    box = rows_box(view, "member")
    assert box.add_button.isHidden()
    assert box.told.text() == "行数由表单决定，不能增减。"
    view.binding.commit("/members", 0)
    assert box.rows == {}
    assert "另有 2 行" in box.told.text()
    view.binding.commit("/members", 1)
    assert view.binding.session.value(f"{first}/who") == "示例乙"
    assert "另有 1 行" in box.told.text()


def test_rows_of_ones_own_say_nothing_of_counts(view):
    box = rows_box(view, "house")
    assert not box.add_button.isHidden()
    assert box.told.isHidden()


# Lines and areas


def test_an_area_is_pasted_point_by_point_closed_and_counted(view):
    shape = editor(view, "shape")
    shape.text.setPlainText("30 119\n30 119.1\n30.1 119.1")
    shape.settled.emit()
    area = value(view, "shape")["g"]
    assert area["type"] == "Polygon"
    assert area["coordinates"][0][0] == area["coordinates"][0][-1] == [119.0, 30.0]
    assert "3 个点" in [label.text() for label in shape.findChildren(QLabel)]


def test_what_is_no_line_stays_on_screen_and_is_named(view):
    trace = editor(view, "trace")
    trace.text.setPlainText("村口到祠堂")
    trace.settled.emit()
    assert value(view, "trace") is None
    assert view.box("/trace").problem_text
    assert trace.text.toPlainText() == "村口到祠堂"


# Kept


def test_every_answer_comes_back_from_a_submission(view):
    view.binding.commit(
        "/trace", {"g": {"type": "LineString", "coordinates": [[119.68, 30.63, 12.5], [119.69, 30.64]]}}
    )
    session = view.binding.session
    sent = write_submission(session, "uuid:0193e8a0-0000-7000-8000-000000000001")
    again = session_of(every_look_form(), read_submission(every_look_form(), sent.xml).answers)
    for path in ANSWERS:
        assert (path, again.shown(path, "zh")) == (path, session.shown(path, "zh"))


NUMBERS_WITHOUT_END = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
  xmlns:cj="urn:cunjiang:forms"><h:head><h:title>t</h:title><model>
  <instance><data id="endless" version="1"><a/></data></instance>
  <bind nodeset="/data/a" type="string" cj:list="NUMBER"/>
  </model></h:head><h:body><input ref="/data/a" rows="NUMBER"><label>a</label></input></h:body></h:html>"""


def test_numbers_without_end_in_a_form_are_passed_over(qtbot):
    question = parse_xform(NUMBERS_WITHOUT_END.replace("NUMBER", "9" * 5_000).encode()).question("/a")
    made = make_editor(
        Look(LIGHT, Icons(resources_folder() / "icons", LIGHT.text, LIGHT.muted)), question, (), 1
    )
    qtbot.addWidget(made)
    assert question.list_column is None


def test_a_choice_of_two_lines_in_a_column_is_not_cut(view):
    view.top.resize(420, 4600)
    view.resize(420, 4600)
    QApplication.processEvents()
    words = view.box("/two").editor.buttons["steel"].findChild(MarkedLabel)
    assert words.height() >= words.heightForWidth(words.width()) > view.fontMetrics().height() * 1.5


def test_a_line_is_never_cut_without_a_word(view):
    line = editor(view, "quarter")
    line.show_value("长" * 40_000)
    assert line.line.text() == "长" * 40_000
    line.line.insert("x")
    assert len(line.value()) == 40_001


def test_a_number_that_cannot_be_kept_is_named_and_stays_on_screen(view):
    whole = editor(view, "people")
    whole.line.setText("9" * 30)
    whole.line.textEdited.emit("9" * 30)
    whole.line.editingFinished.emit()
    assert view.binding.is_unreadable("/people") and whole.line.text() == "9" * 30


def test_a_long_address_in_a_label_breaks(qtbot):
    for marked in ("https://example.org/" + "a" * 200, "**见** https://example.org/" + "a" * 200):
        label = MarkedLabel(LIGHT, "label", marked)
        qtbot.addWidget(label)
        assert label.minimumSizeHint().width() < 400 < label.heightForWidth(200) * 6
        assert "a" * 200 in label.words and "a" * 200 in label.accessibleName()


def test_a_form_that_asks_nothing_now_says_so(qtbot):
    survey = [
        {"type": "begin_group", "name": "g", "label": "组", "relevant": "1 = 2"},
        {"type": "text", "name": "a", "label": "甲"},
        {"type": "end_group"},
    ]
    settings = [{"form_id": "none", "version": "1"}]
    session = session_of(parse_xform(compile_sheets({"survey": survey, "settings": settings}).xml))
    look = Look(LIGHT, Icons(resources_folder() / "icons", LIGHT.text, LIGHT.muted))
    view = FormView(look, FormBinding(session), None)
    qtbot.addWidget(view)
    said = [label.text() for label in view.findChildren(QLabel) if label.isVisibleTo(view)]
    assert said == ["这份表单现在没有要填的题目：显示的条件都不满足。"]
