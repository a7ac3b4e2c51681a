"""`cunjiang-server`: run the server, make tickets, shut a device out."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import structlog
from cyclopts import App, Parameter

from core.errors import KnownError
from server.config import ServerConfig

app = App(name="cunjiang-server", help="The central server of 村匠.", version="0.1.0")
_DataFolder = Annotated[Path, Parameter(name="--data")]
_SENTENCES = {
    "server_never_ran": "服务器还没有运行过，不知道它的地址；请先运行 cunjiang-server run，再制作入网凭证。",
    "server_already_running": "另一个服务器进程正在使用这个数据文件夹；数据没有改动，请先停止那个进程。",
    "server_port_taken": "{host} 的端口 {port} 不能使用；数据没有改动，请用 --port 换一个端口。",
    "server_folder_foreign": "“{folder}”里是别的东西；没有改动它，请用 --data 换一个空文件夹。",
    "server_database_newer": "数据由更新版本的服务器写成（{step}）；没有改动它，请更新服务器程序。",
    "unsafe_engine": "SQLite {version} 会丢失已确认的写入，服务器不启动；数据没有改动，请重新安装程序。",
    "device_unknown": "没有这台设备：{device}。",
}


@app.command
def run(
    data: _DataFolder,
    *,
    host: str = "127.0.0.1",
    port: int = 8443,
    name: Annotated[tuple[str, ...], Parameter(name="--name")] = (),
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Serve the data folder until told to stop.

    Parameters
    ----------
    data: folder of the server's data, made at first run
    host: address to listen on
    port: port to listen on; 0 takes a free one
    name: host name or address under which clients reach this server (may be given several times)
    as_json: say that the server is ready as one line of JSON
    """
    from server.running import run_server

    run_server(ServerConfig(data, host, port, name), as_json=as_json)


@app.command
def ticket(data: _DataFolder, *, out: Path | None = None, hours: float = 72) -> None:
    """Make a ticket by which one device joins.

    Parameters
    ----------
    data: folder of the server's data
    out: file to write; without it the ticket goes to standard output
    hours: how long the ticket is good for
    """
    from server.app import open_server
    from server.durable_files import write_durably
    from server.tickets import make_ticket

    config = ServerConfig(data)
    with open_server(config) as server:
        made = make_ticket(server, config, hours=hours)
    if out is None:
        sys.stdout.write(made.decode("utf-8"))
    else:
        write_durably(out, made, private=True)


@app.command
def revoke(data: _DataFolder, *, device: str) -> None:
    """Shut a device out from its next request on; what it sent stays.

    Parameters
    ----------
    data: folder of the server's data
    device: id of the device
    """
    from server.app import open_server
    from server.auth import Auth

    with open_server(ServerConfig(data)) as server:
        if not Auth(server.database, server.clock).revoke(device):
            raise KnownError("device_unknown", device=device)


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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        app()
    except KnownError as error:
        sys.stderr.write(_SENTENCES.get(error.code, error.code).format_map(error.values) + "\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
