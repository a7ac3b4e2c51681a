"""Every page of every kind of paper looks as it did when somebody last looked at it."""

from __future__ import annotations

from PIL import Image

from app.demo.samples import read_samples
from app.reports.record_content import Field, Heading, RecordContent
from app.reports.record_report import RecordFacts, record_report_pdf
from app.workspace import open_workspace
from tests.page_pictures import (
    FOLDER,
    MOST_GREYS,
    most_changed_tile,
    pictures_of,
    printed_pages,
    save_difference,
)
from tests.sampled import sampled_records


def test_every_page_looks_as_its_picture(sampled, clock, tmp_path):
    with open_workspace(sampled, clock=clock) as workspace:
        papers = dict(printed_pages(workspace, sampled_records(sampled)))
    changed, seen = {}, set()
    for name, printed in papers.items():
        assert not printed.missing
        for number, picture in enumerate(pictures_of(printed), 1):
            file = FOLDER / f"{name}-{number}.png"
            seen.add(file.name)
            if not file.exists():
                changed[file.name] = "a new page"
                continue
            with Image.open(file) as kept:
                greys = most_changed_tile(picture, kept)
                if greys > MOST_GREYS:
                    changed[file.name] = f"{greys:.0f} greys, see {tmp_path / file.name}"
                    save_difference(picture, kept, tmp_path / file.name)
    gone = {file.name: "no such page any more" for file in FOLDER.glob("*.png") if file.name not in seen}
    assert changed | gone == {}, "python -m tools.page_pictures makes them anew; look at them"


def a_page(households):
    content = RecordContent("示例", "", (Heading("概况", 1), Field("总户数", households)))
    facts = RecordFacts("01890000-0000-7000-8000-000000000000", "1", final=True)
    return pictures_of(record_report_pdf(content, facts, lambda _: None))[0]


def test_one_changed_digit_is_seen_and_nothing_where_nothing_changed():
    page = a_page("286 户")
    assert most_changed_tile(a_page("286 户"), page) == 0
    for changed in ("288 户", "281 户", "236 户", "286 人", "286"):
        assert most_changed_tile(a_page(changed), page) > MOST_GREYS, changed


def test_every_form_has_its_picture(checkout):
    names = {file.stem.rpartition("-")[0] for file in FOLDER.glob("*.png")}
    forms = {folder.name for folder in (checkout / "resources" / "forms").iterdir()} - {"local_division"}
    samples = {sample.form for sample in read_samples() if sample.key in names}
    assert samples == forms
    assert {"county", "cluster_application-blank"} <= names


def test_a_picture_of_the_difference_is_written(tmp_path):
    with Image.open(FOLDER / "yucun-1.png") as kept:
        page = kept.convert("L")
    save_difference(Image.new("L", page.size, 255), page, tmp_path / "difference.png")
    with Image.open(tmp_path / "difference.png") as both:
        assert both.width == 3 * page.width
        assert both.getextrema()[0] < 128
