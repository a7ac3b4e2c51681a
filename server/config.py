"""Where the server's data lies and where it listens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FORMAT_LINE = "cunjiang-server 1\n"


@dataclass(frozen=True)
class ServerConfig:
    """One data folder and one address. Everything the server keeps lies under `data`."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 0
    public_names: tuple[str, ...] = ()
    """Further host names or addresses under which clients reach this server."""
    replica: str | None = None
    """Folder or S3 address to which Litestream copies every commit while the server runs."""

    @property
    def database_file(self) -> Path:
        return self.data / "server.db"

    @property
    def blobs(self) -> Path:
        return self.data / "blobs"

    @property
    def archive(self) -> Path:
        return self.data / "archive"

    @property
    def roll_file(self) -> Path:
        """Project and devices, from which together with the archive the database can be made anew."""
        return self.archive / "roll.json"

    @property
    def keys(self) -> Path:
        return self.data / "keys"

    @property
    def lock_file(self) -> Path:
        return self.data / "lock"

    @property
    def address_file(self) -> Path:
        """The URLs of the running (or last run) server, for tickets."""
        return self.data / "address.json"
