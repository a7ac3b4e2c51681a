"""What the demonstration leaves behind: PDFs, and a short report of counts and bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from app.demo.story import Check, Story
from app.i18n import tr
from app.storage.photos import ORIGINAL
from app.usecases.records import list_records
from app.usecases.reports import blank_form_pdf, record_pdf
from app.usecases.summary import gather_summary, summary_content, summary_pdf
from app.usecases.sync import sync_state

COUNTY = "330523000000"
"""安吉县, where the village of most samples lies."""


@dataclass(frozen=True)
class Made:
    """A file that the demonstration wrote."""

    name: str
    size_bytes: int
    pages: int | None = None


def print_all(story: Story, folder: Path) -> list[Made]:
    """The PDF of every record, the blank application form and the summary of a county, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    made, missing = [], list[str]()
    for key, record_id in story.records.items():
        printed = record_pdf(story.first, record_id)
        made.append(_write(folder / f"{key}.pdf", printed.pdf, printed.pages))
        missing += sorted(printed.missing)
    blank = blank_form_pdf(story.first, "cluster_application")
    made.append(_write(folder / "cluster_application_blank.pdf", blank.pdf, blank.pages))
    county = summary_pdf(story.first, summary_content(gather_summary(story.first, COUNTY)))
    made.append(_write(folder / "county_summary.pdf", county.pdf, county.pages))
    missing += county.missing
    story.check("pages", holds=not missing and all(file.pages for file in made), seen=missing or len(made))
    return made


def write_report(folder: Path, story: Story, made: Iterable[Made]) -> None:
    """report.json for programs and report.md for people."""
    files = list(made)
    counts = _counts(story)
    data = {
        "counts": counts,
        "checks": [asdict(check) for check in story.checks],
        "files": [asdict(file) for file in files],
    }
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    (folder / "report.json").write_text(text, encoding="utf-8")
    (folder / "report.md").write_text(_markdown(counts, story.checks, files), encoding="utf-8")


def _counts(story: Story) -> dict[str, int]:
    rows = list_records(story.first)
    files = story.first.photos.here()
    photos = [file for file in files if file.lane == ORIGINAL]
    receipts = [r for workspace in (story.first, story.second) for r in sync_state(workspace).receipts]
    return {
        "records": len(rows),
        "photos": len(photos),
        "previews": len(files) - len(photos),
        "photo_bytes": sum(photo.size for photo in photos),
        "operations": sum(receipt.count.ops for receipt in receipts),
        "fields": sum(receipt.count.fields for receipt in receipts),
        "syncs": len(story.syncs),
        "pushed_operations": sum(result.ops_sent for _, result in story.syncs),
        "pulled_operations": sum(result.ops_received for _, result in story.syncs),
        "photos_sent": sum(result.photos_sent for _, result in story.syncs),
        "photos_fetched": sum(result.photos_received for _, result in story.syncs),
    }


def _markdown(counts: dict[str, int], checks: list[Check], files: list[Made]) -> str:
    lines = [f"# {tr('demo.report.title')}", "", tr("demo.report.invented"), ""]
    lines += [tr("demo.report.counts"), "|---|---:|"]
    lines += [f"| {tr('demo.count.' + name)} | {number:,} |" for name, number in counts.items()]
    lines += ["", tr("demo.report.checks"), "|---|---|---|"]
    lines += [f"| {check.statement} | {'✓' if check.holds else '✗'} | {check.seen} |" for check in checks]
    lines += ["", tr("demo.report.files"), "|---|---:|---:|"]
    lines += [f"| {file.name} | {file.size_bytes:,} | {file.pages or ''} |" for file in files]
    return "\n".join(lines) + "\n"


def _write(path: Path, data: bytes, pages: int) -> Made:
    path.write_bytes(data)
    return Made(path.name, len(data), pages)
