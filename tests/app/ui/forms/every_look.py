"""A form with every kind of question in every look that means something here, and answers to it (示例)."""

from __future__ import annotations

from core.forms.workbook.xlsform import compile_sheets

ZH = "label::中文 (zh)"
HINT = "hint::中文 (zh)"
MESSAGE = "constraint_message::中文 (zh)"


def _row(type_, name="", label="", appearance="", **more):
    cells = {"type": type_, "name": name, ZH: label, "appearance": appearance}
    return {column: cell for column, cell in {**cells, **more}.items() if cell}


SURVEY = [
    _row("begin_group", "words", "**说明**与标记"),
    _row("note", "about", "# 填写前请读\n请带上*户口簿*和**房产证**，见[填写手册](https://example.org/guide)。\n- 一户一表\n- 不留空\n\n1. 先外后内\n2. 先整后零"),
    _row("note", "colours", '<span style="color:red">红字</span>、<span style="color:#003399">蓝字</span>、<span style="font-family:monospace">等宽 mono</span>，\\*不斜\\*，file_name_x 原样。'),
    _row("note", "danger", "先排除**危险**", "cj-warning"),
    _row("text", "owner", "**户主**姓名", **{HINT: "照[身份证](https://example.org/id)填写", "required": "yes"}),
    _row("note", "hello", "*${owner}* 您好，请核对"),
    _row("end_group"),
    _row("begin_group", "texts", "文字"),
    _row("text", "long", "多行", "multiline"),
    _row("text", "rows", "四行起", parameters="rows=4"),
    _row("text", "digits", "只有数字", "numbers"),
    _row("text", "masked", "不给旁人看", "masked"),
    _row("text", "site", "网址", "url"),
    _row("barcode", "code", "条码"),
    _row("text", "quarter", "四分之一", "w1"),
    _row("text", "half", "二分之一", "w2"),
    _row("text", "fixed", "只读的", readonly="yes", default="不能改"),
    _row("integer", "locked", "有时只读", readonly="${half} != ''", default="7"),
    _row("text", "strange", "没见过的外观", "no-such-look"),
    _row("end_group"),
    _row("begin_group", "numbers_", "数字和范围"),
    _row("integer", "people", "人口", **{"constraint": ". < 20", MESSAGE: "${owner} 家**最多** 19 人"}),
    _row("integer", "income", "收入", "thousands-sep"),
    _row("decimal", "area", "面积", "thousands-sep"),
    _row("decimal", "each", "人均收入", "thousands-sep", calculation="${income} div 2", readonly="yes"),
    _row("integer", "count", "计数", "counter"),
    _row("range", "slide", "滑块", parameters="start=0 end=10 step=1"),
    _row("range", "empty", "没动过的滑块", "no-ticks", parameters="start=0 end=100 step=5"),
    _row("range", "decimals", "小数滑块", parameters="start=0.5 end=3 step=0.5"),
    _row("range", "upright", "竖的", "vertical", parameters="start=-10 end=40 step=5"),
    _row("range", "labelled", "有字的滑块", parameters="start=0 end=10 step=5 tick_labelset=degrees"),
    _row("range", "picked", "选数字", "picker", parameters="start=1 end=20 step=1"),
    _row("range", "stars", "打分", "rating", parameters="start=1 end=5 step=1"),
    _row("acknowledge", "read", "我已读过"),
    _row("end_group"),
    _row("begin_group", "days", "日期和时间"),
    _row("date", "day", "日期"),
    _row("date", "typed", "只打字", "no-calendar"),
    _row("date", "month", "月份", "month-year"),
    _row("date", "year", "年份", "year"),
    _row("time", "hour", "时间"),
    _row("dateTime", "moment", "日期时间"),
    _row("end_group"),
    _row("begin_group", "choices_", "选择"),
    _row("select_one roofs", "short", "默认的单选"),
    _row("select_one roofs", "listed", "下拉", "minimal"),
    _row("select_one places", "searched", "可查找", "autocomplete"),
    _row("select_one roofs", "pack", "紧凑", "columns-pack"),
    _row("select_one roofs", "two", "两列", "columns-2"),
    _row("select_multiple places", "fitting", "多选分列", "columns"),
    _row("select_multiple places", "found", "多选可查找", "minimal"),
    _row("select_one agree", "likert", "您是否满意", "likert"),
    _row("select_one roofs", "listy", "一行", "list"),
    _row("begin_group", "table", "表格", "table-list"),
    _row("select_one agree", "row_a", "道路"),
    _row("select_one agree", "row_b", "供水，含水质、水压和停水的次数"),
    _row("select_one agree", "row_c", "路灯"),
    _row("end_group"),
    _row("rank roofs", "ranked", "排好的"),
    _row("rank agree", "unranked", "没排的"),
    _row("end_group"),
    _row("begin_group", "places_", "位置和文件"),
    _row("geopoint", "point", "位置", "placement-map"),
    _row("geotrace", "trace", "路线"),
    _row("geoshape", "shape", "范围"),
    _row("image", "signed", "签名", "signature"),
    _row("file", "paper", "附件"),
    _row("end_group"),
    _row("begin_group", "rows_", "行"),
    _row("integer", "members", "成员数"),
    _row("begin_repeat", "member", "成员", repeat_count="${members}"),
    _row("text", "who", "姓名"),
    _row("end_repeat"),
    _row("begin_repeat", "house", "房屋：${kind}"),
    _row("text", "kind", "种类"),
    _row("begin_repeat", "floor", "楼层"),
    _row("integer", "height", "层高"),
    _row("end_repeat"),
    _row("end_repeat"),
    _row("end_group"),
]  # fmt: skip
CHOICES = [
    *({"list_name": "roofs", "name": name, ZH: label} for name, label in (
        ("tile", "小**青瓦**"), ("slate", "石板"), ("steel", "彩钢板（屋面颜色很长的说明）"), ("other", "其他"))),
    *({"list_name": "agree", "name": f"a{at}", ZH: label} for at, label in enumerate(
        ("很满意", "满意", "一般", "不满意", "很不满意"), 1)),
    {"list_name": "degrees", "name": "0", ZH: "不愿意"},
    {"list_name": "degrees", "name": "10", ZH: "**很**愿意"},
    *({"list_name": "places", "name": f"p{at}", ZH: f"第{at}村民小组"} for at in range(1, 16)),
]  # fmt: skip
SETTINGS = [
    {"form_id": "every_look", "version": "1", "form_title": "每种题的样子", "default_language": "中文 (zh)"}
]

ANSWERS = {
    "/owner": "示例*甲*", "/long": "第一行\n第二行", "/rows": "一", "/digits": "0572-1234", "/masked": "不给看",
    "/site": "https://example.org/x", "/code": "6901234567892", "/quarter": "一", "/half": "二", "/people": 25,
    "/income": 1234567, "/area": {"d": "12345.60"}, "/count": 3, "/slide": 7, "/decimals": {"d": "1.5"},
    "/upright": 20, "/labelled": 10, "/picked": 12, "/stars": 4, "/read": "OK", "/day": "2026-11-21", "/typed": "2026-11-21",
    "/month": "2026-11-01", "/year": "2026-01-01", "/hour": "14:30:00", "/moment": "2026-11-21T14:30:00",
    "/short": "tile", "/listed": "slate", "/searched": "p7", "/pack": "steel", "/two": "other",
    "/fitting": ["p1", "p3"], "/found": ["p12", "p2"], "/likert": "a2", "/listy": "slate", "/row_a": "a1",
    "/row_b": "a4", "/ranked": ["slate", "tile", "other", "steel"], "/members": 2,
}  # fmt: skip


def every_look() -> bytes:
    """The form as XForm XML."""
    return compile_sheets({"survey": SURVEY, "choices": CHOICES, "settings": SETTINGS}).xml
