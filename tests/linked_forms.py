"""Three small forms that refer to each other: a village, its sites, and visits to several sites."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from app.workspace import Workspace
from core.clock import Clock
from core.forms.workbook.xlsform import compile_xlsform
from tests.builders import a_workspace

COLUMNS = "| type | name | label | choice_filter | calculation | trigger | bind::cj:refers | bind::cj:unique | bind::cj:list |"
ROWS = {
    "village": """
| text | title | 村名 | | | | | | 1 |
| select_one_from_file divisions.csv | place | 区划 | parent = '330523104000' | | | | | |
| text | number | 编号 | | | | | yes | |
""",
    "site": """
| select_one_from_file village.csv | village_ref | 所在村 | | | | village | | 1 |
| calculate | place | | | instance('village')/root/item[name = ${village_ref}]/place | | | | |
| text | number | 编号 | | if(${place} = '', '', concat(${place}, '-', count(instance('site')/root/item[village_ref = ${village_ref}]) + 1)) | ${village_ref} | | yes | 2 |
| text | kind | 类型 | | | | | | 3 |
| select_one_from_file site.csv | next_ref | 下一个点 | village_ref = ${village_ref} | | | site | | |
""",
    "visit": """
| select_one_from_file village.csv | village_ref | 村 | | | | village | | |
| select_one_from_file site.csv | site_ref | 点 | village_ref = ${village_ref} | | | site | | 1 |
| select_multiple_from_file site.csv | sites | 也看了 | | | | site | | 2 |
| text | remark | 备注 | | | | | | |
""",
}
TITLES = {
    "village": "${title}",
    "site": "concat(jr:choice-name(${village_ref}, '${village_ref}'), ' ', ${kind})",
    "visit": "concat('看 ', jr:choice-name(${site_ref}, '${site_ref}'))",
}


@cache
def linked_form(form_id: str) -> bytes:
    """The XForm of one of the three."""
    settings = (
        "| form_id | version | namespaces | instance_name |\n"
        f'| {form_id} | 1 | cj="urn:cunjiang:forms" | {TITLES[form_id]} |'
    )
    lines = ["| survey |", *(f"| {row}" for row in (COLUMNS + ROWS[form_id]).splitlines())]
    lines += ["| settings |", *(f"| {row}" for row in settings.splitlines())]
    return compile_xlsform("\n".join(lines), "md")


def a_linked_workspace(folder: Path, clock: Clock) -> Workspace:
    """A workspace with the three forms."""
    workspace = a_workspace(folder, clock=clock)
    with workspace.database.transaction():
        for form_id in ROWS:
            workspace.forms.install(linked_form(form_id))
    return workspace
