from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app import __version__, i18n
from app.__main__ import main
from app.bootstrap import open_data
from app.log import stop_log
from app.paths import find_places
from app.usecases.backup import keep_copy
from app.usecases.records import create_record, list_records, save_record
from tests.builders import a_photo
from tests.servers import a_server


@pytest.fixture(autouse=True)
def _close_log():
    yield
    stop_log()


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def record_id(data):
    with open_data(find_places(data)) as workspace:
        record_id = create_record(workspace, "village_profile")
        save_record(workspace, record_id, {"/place/village_name": "示例村"})
    return record_id


def asked(capsys, *arguments):
    """Exit code, output and error output of one command line."""
    code = main([str(a) for a in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_version_needs_no_data_and_no_window():
    child = subprocess.run([sys.executable, "-m", "app", "--version"], capture_output=True, text=True)
    assert (child.returncode, child.stdout.strip()) == (0, __version__)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["nonsense"], "不认识“nonsense”"),
        (["sync", "--bogus"], "不认识“--bogus”"),
        (["backup"], "缺少 --target"),
        (["--lang", "fr", "list"], "--lang 不能是“fr”"),
        (["enrol", "ticket.json"], "缺少 --name"),
    ],
)
def test_arguments_nobody_understands_end_with_2_and_one_sentence(arguments, wrong, capsys):
    code, out, err = asked(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("命令有误") and wrong in err
    assert len(err.splitlines()) == 1


def test_help_is_in_the_language_asked_for(capsys):
    assert "备份全部资料" in asked(capsys, "--help")[1]
    assert "Backs up everything" in asked(capsys, "--lang", "en", "--help")[1]


def test_an_english_system_gets_english(capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert "Backs up everything" in asked(capsys, "--help")[1]


def test_the_language_of_the_settings_is_spoken(data, capsys):
    data.mkdir()
    (data / "settings.json").write_text('{"language": "en"}')
    assert "0 records" in asked(capsys, "list", "--data-dir", data)[1]


def test_a_first_start_makes_the_workspace_with_its_forms(data, capsys):
    assert asked(capsys, "--data-dir", data, "list") == (0, "共 0 条记录。\n", "")
    with open_data(find_places(data)) as workspace:
        assert list_records(workspace) == []
        assert create_record(workspace, "cluster_application")


def test_records_are_listed_for_programs(data, record_id, capsys):
    code, out, _ = asked(capsys, "--data-dir", data, "--json", "list")
    answer = json.loads(out)
    assert (code, answer["ok"]) == (0, True)
    assert [(r["record_id"], r["form_id"]) for r in answer["records"]] == [(record_id, "village_profile")]


def test_a_record_is_printed_to_a_pdf(data, record_id, tmp_path, capsys):
    code, out, _ = asked(capsys, "--data-dir", data, "--json", "print", record_id, "--out", tmp_path / "pdf")
    (file,) = json.loads(out)["files"]
    assert code == 0
    assert [str(f) for f in (tmp_path / "pdf").iterdir()] == [file]
    assert (tmp_path / "pdf" / file).read_bytes().startswith(b"%PDF-")


def test_a_record_is_exported_as_pdf_and_word_and_no_file_is_replaced_unasked(
    data, record_id, tmp_path, capsys
):
    export = ("--data-dir", data, "--json", "export", record_id, "--out", tmp_path / "out")
    code, out, _ = asked(capsys, *export, "--pdf", "--docx")
    files = [Path(file) for file in json.loads(out)["files"]]
    assert (code, [file.suffix for file in files]) == (0, [".pdf", ".docx"])
    assert files[0].read_bytes().startswith(b"%PDF-")
    assert files[1].read_bytes().startswith(b"PK")
    files[0].write_bytes(b"mine")
    code, out, _ = asked(capsys, *export)
    assert (code, json.loads(out)["error"]) == (1, "file_there")
    assert files[0].read_bytes() == b"mine"
    assert asked(capsys, *export, "--replace")[0] == 0
    assert files[0].read_bytes().startswith(b"%PDF-")


def test_records_go_out_as_submission_files_and_come_in_once(data, record_id, tmp_path, capsys):
    code, _, _ = asked(capsys, "--data-dir", data, "export-instances", "--out", tmp_path / "out.zip")
    assert code == 0
    elsewhere = ("--data-dir", tmp_path / "other", "--json", "import-instances", tmp_path / "out.zip")
    for outcome in ("added", "known"):
        code, out, _ = asked(capsys, *elsewhere)
        assert code == 0
        assert json.loads(out)["records"] == [{"record": record_id, "outcome": outcome, "missing": []}]
    (tmp_path / "bad.xml").write_text("<data><meta><instanceID>uuid:1</instanceID></meta></data>")
    assert asked(capsys, "--data-dir", data, "import-instances", tmp_path / "bad.xml")[0] == 1


def test_a_list_can_be_of_one_form_or_of_what_a_text_finds(data, record_id, capsys):
    for given, found in ((("--form", "cluster_application"), 0), (("--find", "没有的"), 0), ((), 1)):
        _, out, _ = asked(capsys, "--data-dir", data, "--json", "list", *given)
        assert len(json.loads(out)["records"]) == found


def test_printing_an_unknown_record_says_so_and_prints_nothing(data, record_id, tmp_path, capsys):
    code, out, err = asked(
        capsys, "--data-dir", data, "print", record_id, "nobody", "--out", tmp_path / "pdf"
    )
    assert (code, out) == (1, "")
    assert "找不到这条记录" in err
    assert not (tmp_path / "pdf").exists()


def test_a_known_error_has_its_code_in_json(data, capsys):
    code, out, err = asked(capsys, "--data-dir", data, "--json", "print", "nobody")
    assert (code, err) == (1, "")
    assert json.loads(out)["error"] == "record_missing"


def test_check_reads_everything_back_and_says_what_is_damaged(data, record_id, capsys):
    code, out, _ = asked(capsys, "--data-dir", data, "check")
    assert code == 0 and "完好" in out
    with open_data(find_places(data)) as workspace:
        photo = a_photo(workspace, b"some photo")
        workspace.photo_files.path(photo["b"]).write_bytes(b"damaged")
    code, out, _ = asked(capsys, "--data-dir", data, "--json", "check")
    assert code == 1
    assert json.loads(out)["check"] == {"database": [], "copies": [], "photos": [photo["b"]]}


def test_a_check_reads_the_copies_too(data, record_id, capsys):
    with open_data(find_places(data)) as workspace:
        copy = keep_copy(workspace)
    copy.write_bytes(copy.read_bytes()[:-4096] + bytes(4096))
    code, out, _ = asked(capsys, "--data-dir", data, "check")
    assert code == 1 and copy.name in out


def test_restore_tells_what_came_back_and_keeps_the_damaged_file(data, record_id, capsys):
    folder = find_places(data).workspace
    with (folder / "survey.db").open("r+b") as file:
        file.write(bytes(4096))
    assert asked(capsys, "--data-dir", data, "list")[0] == 1
    code, out, _ = asked(capsys, "--data-dir", data, "restore")
    assert code == 0 and "1 条记录" in out and "没有丢" in out
    assert len(list(folder.glob("damaged-*/survey.db"))) == 1
    assert record_id in asked(capsys, "--data-dir", data, "list")[1]
    assert asked(capsys, "--data-dir", data, "restore")[0] == 1


def test_a_plain_backup_is_written_once_and_never_over(data, record_id, tmp_path, capsys):
    target = tmp_path / "backup"
    code, out, _ = asked(capsys, "--data-dir", data, "--json", "backup", "--plain", target)
    assert code == 0
    assert json.loads(out)["backup"]["files"] == 1
    assert (target / "survey.db").read_bytes().startswith(b"SQLite format 3")
    assert asked(capsys, "--data-dir", data, "backup", target)[0] == 1


def test_sync_without_a_server_is_a_sentence(data, capsys):
    code, out, err = asked(capsys, "--data-dir", data, "sync")
    assert (code, out) == (1, "")
    assert err.strip().endswith("。")


def test_a_ticket_and_a_server_are_enough_to_sync_without_a_window(data, record_id, tmp_path, capsys):
    with a_server(tmp_path / "server") as server:
        ticket = tmp_path / "a.ticket"
        ticket.write_bytes(server.ticket())
        code, _, err = asked(capsys, "--data-dir", data, "enrol", ticket, "--name", "示例调查员")
        assert code == 0, err
        code, out, _ = asked(capsys, "--data-dir", data, "--json", "sync")
    answer = json.loads(out)
    assert (code, answer["ok"], answer["sync"]["photos_waiting"]) == (0, True, 0)
    assert answer["sync"]["ops_sent"] >= 1
    assert answer["sync"]["receipt"]["log_matches"]


def test_a_form_that_is_none_is_refused(data, tmp_path, capsys):
    (tmp_path / "form.xml").write_text("no form")
    code, _, err = asked(capsys, "--data-dir", data, "install-form", tmp_path / "form.xml")
    assert code == 1
    assert err.strip()


def test_a_bundled_form_is_known_already(data, checkout, capsys):
    form = checkout / "resources" / "forms" / "village_profile" / "form.xml"
    assert asked(capsys, "--data-dir", data, "install-form", form)[:2] == (
        0,
        "这个表单早已安装，没有改动。\n",
    )


def test_without_a_display_the_window_says_what_to_do(data, capsys, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    code, _, err = asked(capsys, "--data-dir", data)
    assert code == 1
    assert "没有可用的显示器" in err


def test_records_with_the_same_long_title_are_printed_to_files_of_their_own(data, tmp_path, capsys):
    with open_data(find_places(data)) as workspace:
        for _ in range(2):
            save_record(
                workspace, create_record(workspace, "local_division"), {"/name": "村" * 40, "/code": "1"}
            )
            save_record(workspace, create_record(workspace, "facility"), {"/facility_name": "设施" * 100})
    code, _, _ = asked(capsys, "--data-dir", data, "print", "--out", tmp_path / "out")
    assert (code, len(list((tmp_path / "out").glob("*.pdf")))) == (0, 4)


def test_places_that_cannot_be_are_told_and_nothing_is_read_without_end(data, tmp_path, capsys):
    (tmp_path / "file").write_bytes(b"x")
    nowhere = ("/dev/null/x", "/proc/x", tmp_path / "file" / "x", tmp_path / ("长" * 200))
    commands = [
        *(("print", "--out", place) for place in nowhere),
        *(("backup", place) for place in nowhere),
        *(("backup", "--plain", place) for place in nowhere),
        *(
            (*command, place)
            for place in ("/dev/zero", "/dev/null", tmp_path, *nowhere)
            for command in (("install-form",), ("install-polygons",), ("enrol", "--name", "示例"))
        ),
    ]
    with open_data(find_places(data)) as workspace:
        save_record(workspace, create_record(workspace, "facility"), {"/facility_name": "示例"})
    for command in commands:
        code, out, err = asked(capsys, "--data-dir", data, "--json", *command)
        assert (code, err, json.loads(out)["error"] == "defect") == (1, "", False), command


def test_a_data_folder_that_is_a_file_is_a_sentence(tmp_path, capsys):
    (tmp_path / "data").write_text("")
    code, _, err = asked(capsys, "--data-dir", tmp_path / "data", "list")
    assert code == 1
    assert err.strip().endswith("。")


@pytest.mark.log_warnings
def test_a_defect_is_owned_logged_and_never_a_trace(data, capsys, monkeypatch):
    monkeypatch.setattr("app.commands.open_data", lambda places: 1 // 0)
    code, out, err = asked(capsys, "--data-dir", data, "list")
    assert (code, out) == (1, "")
    assert "ZeroDivisionError" in err
    assert "Traceback" not in err
    assert "kind=ZeroDivisionError" in (data / "logs" / "cunjiang.log").read_text(encoding="utf-8")


def test_words_for_every_state_of_a_record_exist():
    assert {f"cli.state.{state}" for state in ("draft", "final")} <= i18n.words("zh").keys()


def test_a_workbook_with_faults_is_refused_cell_by_cell(data, tmp_path, capsys):
    sheets = "survey,,,\n,type,name,label\n,txet,a,甲\nsettings,,\n,form_id,version\n,x,1\n"
    (tmp_path / "form.csv").write_text(sheets, "utf-8")
    code, out, err = asked(capsys, "--data-dir", data, "install-form", tmp_path / "form.csv")
    assert (code, out) == (1, "")
    assert "survey 表 第 3 行 “type”列：不认识题型“txet”" in err
    (tmp_path / "form.csv").write_text(
        sheets.replace("txet", "text").replace(",version\n,x,1", "\n,x"), "utf-8"
    )
    code, out, _ = asked(capsys, "--data-dir", data, "install-form", tmp_path / "form.csv")
    assert code == 0
    assert "没有版本号" in out and "已安装表单" in out
