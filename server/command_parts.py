"""What the commands share: parameters, words for roles, a line on the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from core.errors import KnownError
from core.protocol.roles import Grant, Role, division_of

DataFolder = Annotated[
    Path,
    Parameter(name="--data", help="数据文件夹，首次运行时建立。Folder of the data, made at the first run."),
]
RoleOption = Annotated[
    Role,
    Parameter(
        help="角色：applicant 申报户，surveyor 调查员，reviewer 审核员，coordinator 协调员，"
        "administrator 管理员。Role.",
        show_default=True,
    ),
]
DivisionOption = Annotated[
    str,
    Parameter(help="区划代码或其开头几位，如 330523；不给表示整个项目。Division; none is the whole project."),
]
ROLE_WORDS: dict[Role, str] = {
    "applicant": "申报户",
    "surveyor": "调查员",
    "reviewer": "审核员",
    "coordinator": "协调员",
    "administrator": "管理员",
}


def grant_of(role: Role, division: str) -> Grant:
    """The role for a division given by its code or the first digits. Raises KnownError "division_unknown"."""
    digits = division_of(division)
    if digits is None:
        raise KnownError("division_unknown", division=division)
    return Grant(role, digits)


def say(sentence: str) -> None:
    """A line for who called the command: what others called themselves or their forms moves no cursor."""
    sys.stdout.write("".join(sign if sign.isprintable() else " " for sign in sentence) + "\n")
