"""`cunjiang-server phone`: accounts for ODK Collect and KoboCollect."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from core.errors import KnownError
from server.command_parts import ROLE_WORDS, DataFolder, DivisionOption, RoleOption, grant_of, say
from server.config import ServerConfig

if TYPE_CHECKING:
    from server.openrosa.accounts import Secrets

phone = App(
    name="phone",
    help="手机账号（ODK Collect、KoboCollect）。Accounts of phones.",
    default_parameter=Parameter(negative="", show_default=False),
)
PHONE_SENTENCES = {
    "phone_login": "账号“{login}”不能用：已有人用，或不是 1–32 个小写字母、数字和“._-”；没有改动，请换一个。",
    "phone_name": "姓名不能是空的，最多 {limit} 个字，也不能换行；没有改动，请改一下再建。",
    "phone_url": "地址“{url}”不能用：要 https:// 开头，后面只有主机名和端口；没有改动，请核对后再给。",
    "form_refused": "没有收下“{file}”：{reason}；别的没有变化，请核对表单文件。",
    "phone_qr_refused": "不能写“{file}”；账号“{login}”已建好，请用 phone renew 换一个文件夹再画二维码。",
    "phone_unknown": "没有账号“{login}”；没有改动，请用 cunjiang-server phone list 查看。",
}
LEFT_OUT_WORDS = {
    "form-broken": "表单有错",
    "list-not-csv": "它的外部名单不是 CSV",
    "divisions-too-many": "它要区划名单，而账号的区划太大；给账号一个省或更小的区划",
}
_PHONE_URL = re.compile(r"https://[\w.-]+(?::\d{1,5})?/?|https://\[[0-9A-Fa-f:.]+\](?::\d{1,5})?/?")
"""No path: what the server answers names it by its host alone."""
_Login = Annotated[str, Parameter(help="账号，见 phone list。Its user name.")]
_Url = Annotated[
    str | None,
    Parameter(help="手机所用的地址，如反向代理的；不给就用服务器自己的。Address that phones use."),
]
_Qr = Annotated[
    Path | None,
    Parameter(help="把 ODK Collect 的设置画成二维码（PNG）。Draw Collect's settings as a QR code."),
]


@phone.command(help="建一个手机账号；密码只显示这一次。Make an account; its password is shown once.")
def add(
    name: Annotated[str, Parameter(help="使用者的姓名，桌面上这样显示。Whose phone it is.")],
    *,
    data: DataFolder,
    login: Annotated[str, Parameter(help="账号；不给就编一个。User name; else one is made.")] = "",
    role: RoleOption = "surveyor",
    division: DivisionOption = "",
    url: _Url = None,
    qr: _Qr = None,
) -> None:
    """Makes an account and says its secrets."""
    from server.app import open_server
    from server.openrosa.accounts import Phones

    config, grant = ServerConfig(data), grant_of(role, division)
    with open_server(config) as server:
        address = _address(config, url)
        made = Phones(server).add(name, grant, login)
        _tell(made, address, server.identity.project_name, qr)
    if not grant.division:
        say("没有给区划：要区划名单的表单不会出现在这台手机上，可用 set-role 补上（编号见 devices）。")
    if url is None:
        say("手机不信任服务器自己的证书：请在前面放有公开证书的反向代理，再用 phone renew --url 给出其地址。")


@phone.command(name="list", help="列出手机账号，和手机用不了的表单。List the accounts, and forms left out.")
def list_accounts(*, data: DataFolder) -> None:
    """Lists every account, each with the forms that it is not offered."""
    from server.app import open_server
    from server.openrosa.gateway import Gateway

    config = ServerConfig(data)
    with open_server(config) as server:
        gateway = Gateway(server, config.archive)
        accounts = gateway.phones.all()
        if not accounts:
            say("还没有手机账号。")
        for one in accounts:
            grant = one.device.grant
            ended = "  已停用" if one.revoked_at else ""
            seen = one.seen_at or "还没有来过"
            words = f"{ROLE_WORDS[grant.role]}  {grant.division or '整个项目'}  {seen}{ended}"
            say(f"{one.login}  {one.device.name}  {words}")
            for version, reason in gateway.offers.left_out(one.device):
                code, _, more = reason.partition(" ")
                form = f"{version.form_id} {version.version}".strip() or version.digest
                say(f"    不提供 {form}：{LEFT_OUT_WORDS[code]} {more}".rstrip())


@phone.command(help="让手机取得到表单；不给就是随程序来的全部。Give phones forms; none named: all of ours.")
def offer(
    *forms: Annotated[Path, Parameter(help="XForm，或含 form.xml 的文件夹。An XForm, or its folder.")],
    data: DataFolder,
) -> None:
    """Keeps form versions that no desktop has synced yet."""
    from server.app import open_server
    from server.openrosa.given_forms import bundled_forms, leave_form

    with open_server(ServerConfig(data)) as server:
        for given in forms or bundled_forms():
            form = leave_form(server, given)
            say(f"{form.form_id}  {form.version}  {form.title('')}")


@phone.command(help="停用一个账号，已送来的都保留。Shut an account out; what it sent stays.")
def revoke(login: _Login, *, data: DataFolder) -> None:
    """Refuses the phone from its next request on."""
    from server.app import open_server
    from server.openrosa.accounts import Phones

    with open_server(ServerConfig(data)) as server:
        Phones(server).revoke(login)
    say("已停用这个账号；它已送来的都保留。")


@phone.command(help="换新密码和地址，停用的也重新启用。A new password and address; lets it in again.")
def renew(login: _Login, *, data: DataFolder, url: _Url = None, qr: _Qr = None) -> None:
    """Makes new secrets; the old ones are good for nothing from then on."""
    from server.app import open_server
    from server.openrosa.accounts import Phones

    config = ServerConfig(data)
    with open_server(config) as server:
        address = _address(config, url)
        _tell(Phones(server).renew(login), address, server.identity.project_name, qr)


def _address(config: ServerConfig, url: str | None) -> str:
    """Where phones reach the server. Raises KnownError "phone_url", "server_never_ran"."""
    from server.tickets import read_address

    if url is None:
        return read_address(config)[0].rstrip("/")
    if not _PHONE_URL.fullmatch(url):
        raise KnownError("phone_url", url=url)
    return url.rstrip("/")


def _tell(made: Secrets, address: str, project_name: str, qr: Path | None) -> None:
    from server.openrosa.settings_code import collect_settings, draw_settings

    if qr is not None:
        try:
            draw_settings(collect_settings(address, made, project_name), qr)
        except OSError as refused:
            raise KnownError("phone_qr_refused", file=refused.filename, login=made.login) from refused
    say(f"地址：{address}")
    say(f"账号：{made.login}")
    say(f"密码：{made.password}")
    say(f"不用密码的地址：{address}/key/{made.token}")
    if qr is not None:
        say(f"ODK Collect 的设置二维码已写入“{qr}”。")
    say("这些只显示这一次，请只交给本人；丢了就用 phone renew 换新的。")
