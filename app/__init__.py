"""The desktop client: windows, storage, sync and paper on top of core."""

__version__ = "0.1.0"
