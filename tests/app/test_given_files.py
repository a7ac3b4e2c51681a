from __future__ import annotations

import os

import pytest

from app.given_files import file_name, read_given, write_given
from core.errors import KnownError


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("示例村 档案", "示例村_档案_1.pdf"),
        ('a/b\\c:d*e?f"g<h>i|j\n', "a_b_c_d_e_f_g_h_i_j_1.pdf"),
        ("../../etc/passwd", "etc_passwd_1.pdf"),
        ("...", "__1.pdf"),
        ("CON.x", "_CON.x_1.pdf"),
        ("a" * 300, "a" * 114 + "_1.pdf"),
    ],
)
def test_names_suit_every_system(text, name):
    assert file_name(text, "_1.pdf") == name


@pytest.mark.parametrize("text", ["村" * 300, "𠮷" * 300, "é" * 300])
def test_a_long_name_keeps_its_ending_and_can_be_written(tmp_path, text):
    names = {file_name(text, f"_{number}.pdf") for number in range(3)}
    assert len(names) == 3
    for name in names:
        write_given(tmp_path / name, b"x")


def test_a_file_is_written_whole_or_stays_as_it_was(tmp_path, monkeypatch):
    target = tmp_path / "表.pdf"
    write_given(target, b"old")
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(KnownError, match="disk_full"):
        write_given(target, b"new")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("表.pdf", b"old")]


def test_a_file_that_another_program_has_open_is_told_and_stays(tmp_path, monkeypatch):
    target = tmp_path / "表.docx"
    write_given(target, b"old")
    in_use = PermissionError(13, "used by another process")  # what Windows answers while Word shows it
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(in_use))
    with pytest.raises(KnownError, match="file_in_use"):
        write_given(target, b"new")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("表.docx", b"old")]


def test_where_nothing_can_be_written_it_is_said(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for target in (tmp_path / "file" / "x", tmp_path / "none" / "x", tmp_path / ("村" * 200)):
        with pytest.raises(KnownError):
            write_given(target, b"x")


def test_only_a_file_is_read_and_no_more_than_allowed(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    os.mkfifo(tmp_path / "pipe")
    assert read_given(tmp_path / "file", 5) == b"12345"
    for file, limit in (("file", 4), ("pipe", 9), (".", 9), ("none", 9), ("/dev/zero", 9)):
        with pytest.raises(OSError):
            read_given(tmp_path / file, limit)
