"""The demonstration as a test: all of it comes true, and whatever is missing shows in the exit code."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from app.__main__ import main
from app.demo import run
from app.demo.run import Props, find_pictures, run_demo
from app.demo.samples import read_samples
from app.log import stop_log

ONE_LOOK = ("light", "zh", 1.0, ())


@pytest.fixture
def props():
    """The committed pictures only, and one look."""
    few, _ = find_pictures()
    return Props(read_samples(), few, looks=(ONE_LOOK,))


@pytest.mark.slow
def test_all_of_it_comes_true_and_lies_in_the_folder(tmp_path, props, capsys):
    out = tmp_path / "out"
    (out / "screens").mkdir(parents=True)  # as an earlier run that was cut short leaves it
    assert run_demo(out, props) == 0, capsys.readouterr().out
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert all(check["holds"] for check in report["checks"]) and len(report["checks"]) >= 12
    assert report["counts"]["records"] == len(props.samples)
    assert report["counts"]["photos"] == len(props.pictures), "they go round"
    printed = {file.name for file in (out / "pdf").iterdir() if file.read_bytes().startswith(b"%PDF")}
    assert printed == {file["name"] for file in report["files"]}
    assert printed > {"county_summary.pdf", "cluster_application_blank.pdf"}
    assert len(printed) == len(props.samples) + 2
    assert len(list((out / "screens").glob("*-light-zh-100.png"))) >= 8
    for name in ("report.md", "report.json"):
        assert "示例" in (out / name).read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_page_without_a_picture_is_told_and_the_rest_goes_on(tmp_path, props, capsys):
    broken = replace(props, looks=(("no-such-theme", "zh", 1.0, ()),))
    assert run_demo(tmp_path / "out", broken) == 1
    said = capsys.readouterr().out
    assert "✗ 每个页面都有截图" in said and "no-such-theme" in said
    assert said.count("✗") == 1
    assert "✗" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


@pytest.fixture
def demo(tmp_path, monkeypatch):
    """The whole command with other pictures or samples; its exit code."""

    def start(**others):
        for name, value in others.items():
            monkeypatch.setattr(run, name, lambda value=value: value)
        return main(["--data-dir", str(tmp_path / "data"), "demo", "--out", str(tmp_path / "out")])

    yield start
    stop_log()


def test_without_pictures_it_fails_with_one_sentence(demo, capsys):
    assert demo(find_pictures=([], [])) == 1
    assert "张照片，只找到" in capsys.readouterr().err


def test_a_sample_that_its_form_refuses_fails_with_one_sentence(demo, capsys):
    (sample,) = (sample for sample in read_samples() if sample.key == "yucun")
    broken = replace(sample, answers={**sample.answers, "sanitary_toilet_households": "999999"})
    assert demo(read_samples=[broken]) == 1
    assert "sanitary_toilet_households" in capsys.readouterr().err


def test_a_folder_with_other_files_is_not_emptied(tmp_path, demo, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("示例")
    assert demo() == 1
    assert (tmp_path / "out" / "thesis.txt").read_text() == "示例"
    assert "不会清空" in capsys.readouterr().err
