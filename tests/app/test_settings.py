from __future__ import annotations

import msgspec
import pytest

from app.settings import Settings, load_settings, save_settings


def test_what_was_saved_is_loaded(tmp_path):
    settings = Settings(language="en", last_folder="报告", window={"main": "0,0"})
    save_settings(settings, tmp_path / "deep" / "settings.json")
    assert load_settings(tmp_path / "deep" / "settings.json") == settings


def test_without_a_file_the_defaults_hold(tmp_path):
    assert load_settings(tmp_path / "settings.json") == Settings()


@pytest.mark.log_warnings
@pytest.mark.parametrize("content", [b"", b"{", b'{"language": "fr"}', b"\xff\xfe", b"[]"])
def test_a_broken_file_is_kept_aside_and_the_defaults_hold(content, tmp_path):
    file = tmp_path / "settings.json"
    file.write_bytes(content)
    assert load_settings(file) == Settings()
    assert not file.exists()
    assert (tmp_path / "settings.json.broken").read_bytes() == content


def test_a_setting_of_a_newer_program_does_not_disturb(tmp_path):
    (tmp_path / "settings.json").write_text('{"language": "en", "telepathy": true}')
    assert load_settings(tmp_path / "settings.json").language == "en"


def test_nothing_is_left_beside(tmp_path):
    save_settings(Settings(), tmp_path / "settings.json")
    save_settings(msgspec.structs.replace(Settings(), language="en"), tmp_path / "settings.json")
    assert [f.name for f in tmp_path.iterdir()] == ["settings.json"]
