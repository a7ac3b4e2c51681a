"""Figures for whoever watches over the server, in the text format of Prometheus; no names, no answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import func, select

from server.config import ServerConfig
from server.sync_service import Server
from server.tables import BLOB, DEVICE, OP, QUARANTINE

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What the tables and the disk say at the moment of asking."""

    def __init__(self, server: Server, config: ServerConfig) -> None:
        self._server = server
        self._config = config
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        """All figures."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """The figures one by one; `prometheus_client` asks."""
        with self._server.database.read() as connection:
            count = connection.scalar
            operations = count(select(func.count()).select_from(OP)) or 0
            aside = count(select(func.count()).select_from(QUARANTINE)) or 0
            devices = (
                count(select(func.count()).select_from(DEVICE).where(DEVICE.c.revoked_at.is_(None))) or 0
            )
            photos, photo_bytes = connection.execute(select(func.count(), func.sum(BLOB.c.size))).one()
        yield CounterMetricFamily("cunjiang_operations", "Operations held.", operations)
        yield GaugeMetricFamily("cunjiang_quarantined", "Operations set aside.", aside)
        yield GaugeMetricFamily("cunjiang_devices", "Devices enrolled and not shut out.", devices)
        yield GaugeMetricFamily("cunjiang_photos", "Whole photos held.", photos)
        yield GaugeMetricFamily("cunjiang_photo_bytes", "Bytes of whole photos.", photo_bytes or 0)
        yield GaugeMetricFamily("cunjiang_uploads", "Photos still on their way.", self._server.blobs.parts())
        free = shutil.disk_usage(self._config.data).free
        yield GaugeMetricFamily("cunjiang_disk_free_bytes", "Free space where the data lies.", free)
        size = self._config.database_file.stat().st_size
        yield GaugeMetricFamily("cunjiang_database_bytes", "Size of the database file.", size)
