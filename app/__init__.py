"""The desktop client: windows, storage, sync and paper on top of core."""
