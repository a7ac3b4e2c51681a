from __future__ import annotations

from pathlib import Path

from app import paths
from app.paths import find_places


def test_a_data_folder_holds_everything(tmp_path):
    places = find_places(tmp_path)
    assert {places.data, places.config} == {tmp_path}
    assert places.workspace == tmp_path / "workspace"
    assert places.logs.parent == places.cache.parent == tmp_path


def test_a_marker_beside_the_program_keeps_everything_there(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "program_folder", lambda: tmp_path)
    assert tmp_path not in find_places().workspace.parents
    (tmp_path / paths.PORTABLE_MARKER).touch()
    places = find_places()
    assert all(tmp_path in p.parents for p in (places.data, places.config, places.cache, places.logs))


def test_asking_for_portable_needs_no_marker(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "program_folder", lambda: tmp_path)
    assert tmp_path in find_places(portable=True).data.parents


def test_an_empty_home_does_not_lead_to_the_root_folder(monkeypatch):
    monkeypatch.setenv("HOME", "")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name)
    assert len(find_places().data.parts) > len(Path("/.local/share/cunjiang").parts)


def test_resources_are_found_from_source():
    assert (paths.resources_folder() / "i18n" / "zh").is_dir()
