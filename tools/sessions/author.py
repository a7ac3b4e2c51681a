"""A coordinator who writes a form in Excel: faults told by their cells, tried, installed, filled in."""

from __future__ import annotations

from pathlib import Path

from core.forms.workbook.reading import read_csv_sheets
from core.forms.workbook.writing import write_xlsx
from tools.sessions.screen import Program, Screen
from tools.sessions.stage import Show

_SURVEY = """\
type,name,label,hint,required,constraint,constraint_message,relevant,appearance,parameters,calculation
begin_group,house,民宿,,,,,,,,
text,title,店名,和招牌上写的一样。,yes,,,,,,
select_one kind,kind,类型,,yes,,,,horizontal,,
integer,rooms,客房数,,yes,. > 0 and . <= 60,客房在 1 到 60 间之间，请核对。,,,,
range,comfort,舒适程度,,,,,,,start=1 end=5 step=1,
select_multiple service,services,有哪些服务,,,,,{relevant},columns-3,,
end_group,,,,,,,,,,
begin_repeat,rate,房价,,,,,,,,
text,room,房型,,yes,,,,,,
decimal,price,每晚价格,**平日**的价格，不是节假日的。,,,,,,,
end_repeat,,,,,,,,,,
calculate,lowest,,,,,,,,,min(${{price}})
note,told,"最低每晚 **${{lowest}}** 元",,,,,,,,
image,front,门面照片,,,,,,,,
"""
_CHOICES = """\
list_name,name,label
kind,farm,农家乐
kind,inn,民宿
kind,hotel,精品酒店
service,meal,包餐
service,pick_up,接站
service,guide,向导
"""
_SETTINGS = """\
form_title,form_id,version
示例：民宿调查,guesthouse,2026112101
"""


def play(screen: Screen, work: Path, show: Show) -> None:
    """Imports a workbook with a slip, then the mended one, tries it, installs it and begins a record."""
    program = Program(screen, work / "author")
    _choose(program, _workbook(work / "民宿调查-有错.xlsx", "${{kinds}} != 'farm'"))
    show("author-1-what-is-wrong-and-where")
    _choose(program, _workbook(work / "民宿调查.xlsx", "${{kind}} != 'farm'"))
    show("author-2-tried-before-it-is-installed")
    program.key("Tab")
    program.answered("space")
    program.key("ctrl+n")
    program.key("Up", "Return")  # the last of the menu: what was installed last
    program.type("示例：竹里民宿")
    program.key("Return", "Down", "space", "Return")
    program.type("99")
    program.key("Return", "Right", "Right", "Right")
    show("author-3-filled-in")
    program.close()


def _workbook(file: Path, relevant: str) -> Path:
    sheets = {
        "survey.csv": _SURVEY.format(relevant=relevant.format()),
        "choices.csv": _CHOICES,
        "settings.csv": _SETTINGS,
    }
    file.write_bytes(write_xlsx(read_csv_sheets({name: text.encode() for name, text in sheets.items()})))
    return file


def _choose(program: Program, file: Path) -> None:
    program.key("alt+f", "i")
    program.type(str(file))
    program.answered("Return")
