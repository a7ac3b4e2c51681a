from __future__ import annotations

import pypdfium2
import pytest

from app.jobs import JobCancelledError, Progress
from app.usecases.forms import install_form
from app.usecases.photos import attach_photos
from app.usecases.records import (
    create_record,
    finalise_record,
    keep_draft,
    open_session,
    save_record,
)
from app.usecases.reports import blank_form_pdf, record_pdf
from core.errors import KnownError
from tests.builders import a_workspace

APPLICATION = {
    "/applying_region": "广东省广州市番禺区",
    "/applying_unit": "番禺区示例局",
    "/industry_profile": "示例" * 150,
    "/contact_name": "张示例",
    "/contact_title": "科长",
    "/contact_phone": "13800000000",
}


@pytest.fixture
def workspace(tmp_path, clock, checkout):
    with a_workspace(tmp_path / "ws", clock=clock) as opened:
        for form in ("village_profile", "cluster_application"):
            install_form(opened, checkout / "resources" / "forms" / form / "form.xml")
        yield opened


def a_village(workspace, **answers):
    record = create_record(workspace, "village_profile")
    save_record(workspace, record, {"/village_name": "示例村", **answers})
    return record


def an_application(workspace, **answers):
    record = create_record(workspace, "cluster_application")
    save_record(workspace, record, {**APPLICATION, **answers})
    return record


def text_of(printed):
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(printed.pdf)]
    return "\n".join(pages).replace("\r\n", "")


def test_an_application_prints_as_the_official_form_and_shows_its_contact(workspace):
    printed = record_pdf(workspace, an_application(workspace))
    assert printed.pages == 1
    for text in ("合作共建申报表", "番禺区示例局", "示例" * 150, "张示例 科长", "13800000000", "草稿"):
        assert text in text_of(printed)


def test_any_other_record_prints_as_a_report_with_its_personal_data_hidden(workspace):
    record = a_village(workspace, **{"/contact_name": "王示例", "/contact_phone": "13800000000"})
    assert {"13800000000", "王示例"}.isdisjoint(text_of(record_pdf(workspace, record)).split())
    assert "138****0000" in text_of(record_pdf(workspace, record))
    assert "13800000000" in text_of(record_pdf(workspace, record, hide_personal=False))


def test_a_draft_says_so_until_it_is_final(workspace):
    record = an_application(workspace)
    session = open_session(workspace, record)
    for level in ("/province", "/prefecture", "/county"):
        session.set(level, session.choices(level, "zh")[0].value)
    session.set("/applying_region", "示例省示例市示例县")
    save_record(workspace, record, session.changed_since_open())
    assert "草稿" in text_of(record_pdf(workspace, record))
    assert finalise_record(workspace, record).done
    assert "草稿" not in text_of(record_pdf(workspace, record))


def test_what_is_typed_and_not_saved_is_printed_as_a_draft(workspace):
    record = a_village(workspace)
    keep_draft(workspace, record, {"/village_name": "还没保存的示例村"})
    text = text_of(record_pdf(workspace, record))
    assert "还没保存的示例村" in text
    assert "草稿" in text


def test_a_record_begun_and_never_saved_prints(workspace):
    assert record_pdf(workspace, create_record(workspace, "village_profile")).pages >= 1


def test_photos_are_printed_and_a_damaged_one_leaves_a_frame(workspace, checkout):
    record = a_village(workspace)
    files = sorted((checkout / "tests" / "pictures").glob("*.jpg"))[:3]
    attached = attach_photos(workspace, record, "/photos", files).attached
    save_record(workspace, record)
    file = workspace.photo_files.path(attached[0].facts.digest)
    file.write_bytes(file.read_bytes()[:-5] + b"xxxxx")
    printed = record_pdf(workspace, record)
    document = pypdfium2.PdfDocument(printed.pdf)
    images = [
        t for page in document for t in page.get_objects() if t.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
    ]
    frames = text_of(printed).count("照片不在本机，或无法读取")
    assert len(images) + frames == 3
    assert frames <= 1


def test_printing_photos_tells_its_progress_and_can_be_stopped(workspace, checkout):
    record = a_village(workspace)
    attach_photos(workspace, record, "/photos", sorted((checkout / "tests" / "pictures").glob("*.jpg"))[:3])
    told = []
    progress = Progress(lambda done, total, _text: told.append((done, total)))
    record_pdf(workspace, record, progress=progress)
    assert told == [(1, 3), (2, 3), (3, 3)]
    progress.cancel()
    with pytest.raises(JobCancelledError):
        record_pdf(workspace, record, progress=progress)


def test_equal_records_make_equal_bytes(workspace):
    record = a_village(workspace)
    assert record_pdf(workspace, record).pdf == record_pdf(workspace, record).pdf


def test_english_words_on_an_english_report(workspace):
    assert "Page 1 of" in text_of(record_pdf(workspace, a_village(workspace), "en"))


def test_the_blank_form_has_placeholders(workspace):
    assert "【不超过 300 字】" in text_of(blank_form_pdf(workspace, "cluster_application"))


@pytest.mark.parametrize(
    ("form", "code"), [("village_profile", "no_blank_form"), ("nowhere", "form_missing")]
)
def test_a_form_without_official_paper_has_no_blank_form(workspace, form, code):
    with pytest.raises(KnownError) as raised:
        blank_form_pdf(workspace, form)
    assert raised.value.code == code


def test_a_record_that_does_not_exist_is_told(workspace):
    with pytest.raises(KnownError) as raised:
        record_pdf(workspace, "01890000-0000-7000-8000-000000000000")
    assert raised.value.code == "record_missing"


def test_paper_and_screen_count_300_characters_alike(workspace):
    record = an_application(workspace, **{"/industry_profile": "示 例　" * 75 + "\n\n" + "示例" * 75})
    session = open_session(workspace, record)
    assert session.problem("/industry_profile") is None
    session.set("/industry_profile", "示例" * 150 + "。")
    assert session.problem("/industry_profile").code == "constraint"
    assert record_pdf(workspace, record).pages == 1
