"""What sync needs of the workspace: its stores, by name. The opened workspace is one."""

from __future__ import annotations

from typing import Protocol

from app.storage.database import Database
from app.storage.feed import Feed
from app.storage.foreign_logs import ForeignLogs
from app.storage.forms import Forms
from app.storage.kv import KeyValues
from app.storage.operations import Operations, Person
from app.storage.own_log import OwnLog
from app.storage.photo_files import PhotoFiles
from app.storage.photos import Photos
from app.storage.quarantine import Quarantine
from app.storage.records import Records


class LocalStores(Protocol):
    """The stores of one workspace."""

    @property
    def database(self) -> Database: ...
    @property
    def kv(self) -> KeyValues: ...
    @property
    def operations(self) -> Operations: ...
    @property
    def own_log(self) -> OwnLog: ...
    @property
    def foreign_logs(self) -> ForeignLogs: ...
    @property
    def forms(self) -> Forms: ...
    @property
    def photos(self) -> Photos: ...
    @property
    def photo_files(self) -> PhotoFiles: ...
    @property
    def records(self) -> Records: ...
    @property
    def feed(self) -> Feed: ...
    @property
    def quarantine(self) -> Quarantine: ...
    @property
    def person(self) -> Person: ...
