from __future__ import annotations

import json

import pypdfium2
import pytest

from app.command_line import run_command_line


@pytest.fixture
def data(sampled, tmp_path):
    (tmp_path / "data").mkdir()
    sampled.rename(tmp_path / "data" / "workspace")
    return tmp_path / "data"


def test_a_county_is_summarised_to_a_pdf(data, tmp_path, capsys):
    file = tmp_path / "out" / "安吉.pdf"
    code = run_command_line(
        ["--data-dir", str(data), "--json", "report", "county", "330523", "--out", str(file)]
    )
    said = json.loads(capsys.readouterr().out)
    assert code == 0
    assert said["summary"]["pages"] == len(pypdfium2.PdfDocument(file))
    assert "330523108204" not in said["summary"]["missing_villages"]
    assert len(said["summary"]["missing_villages"]) == 217


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["330000000000"], "请选一个市、县、乡镇或村"),
        (["330523000000", "--since", "去年"], "看不懂日期“去年”"),
    ],
)
def test_what_cannot_be_summarised_is_said_and_nothing_is_written(data, tmp_path, capsys, given, sentence):
    file = tmp_path / "none.pdf"
    code = run_command_line(["--data-dir", str(data), "report", "county", *given, "--out", str(file)])
    assert code == 1
    assert sentence in capsys.readouterr().err
    assert not file.exists()
