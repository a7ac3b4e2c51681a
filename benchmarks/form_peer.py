"""The form engine beside JavaRosa, the engine of ODK Collect: the same forms, the same changes, one run.

JavaRosa lies in pyxform's package; its side is Peer.java, compiled here. Its machine is warm: each form was
opened and changed before. Without a Java development kit there is nothing to compare with, and no figure.

JavaRosa settles less: it does not look at other rows, nor at choices that a filter no longer offers, and its
limits are judged when a question is left. Ours is all settled when the figure is taken, problems included.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pyxform

from benchmarks.long_forms import rows_form, wide_form
from benchmarks.result import Result, against_floor, percentile
from core.clock import SystemClock
from core.forms.filling.completeness import Judgement
from core.forms.filling.session import FormSession
from core.forms.xform.reading import parse_xform

JAR = Path(pyxform.__file__).parent / "validators" / "odk_validate" / "bin" / "ODK_Validate.jar"
ROUNDS = 3


class Work(NamedTuple):
    """A form, the number in it that is changed, how often, and the ratio to JavaRosa that we aim at."""

    name: str
    xml: bytes
    path: str
    times: int
    aim: float


class Figures(NamedTuple):
    """Milliseconds."""

    opened: float
    changed: float
    changed_p95: float


WORK = (
    Work("50_dependents", wide_form(1000, 50), "/data/s0/q0", 200, 4.0),
    Work("999_dependents", wide_form(1000, 999), "/data/s0/q0", 40, 4.0),
    Work("total_of_2000_rows", rows_form(2000), "/data/hh[1000]/age", 40, 4.0),
    Work(
        "shares_of_2000_rows",
        rows_form(2000, "100 * ../age div /data/total"),
        "/data/hh[1000]/age",
        20,
        4.0,
    ),
)


def run() -> Iterator[Result]:
    """A change of one number, and opening, against JavaRosa."""
    theirs = peer_figures()
    if theirs is None:
        print("javarosa: not available, no JDK on this machine", file=sys.stderr)
        return
    for work, floor in zip(WORK, theirs, strict=True):
        ours = own_figures(work)
        yield against_floor(f"peer_{work.name}", ours.changed, floor.changed, "ms", aim=work.aim)
        yield against_floor(f"peer_{work.name}_p95", ours.changed_p95, floor.changed_p95, "ms", aim=work.aim)
        yield against_floor(f"peer_{work.name}_open", ours.opened, floor.opened, "ms", aim=work.aim)


def own_figures(work: Work) -> Figures:
    """Our engine: opened with the form read anew, then changed, half of the changes to be warm."""
    opened, changed = list[float](), list[float]()
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        session = FormSession(parse_xform(work.xml), "record", SystemClock())
        opened.append((time.perf_counter() - begun) * 1000)
    session.take_edit()
    judgement, path = Judgement(session), path_of(session, work.path)
    for at in range(2 * work.times):
        begun = time.perf_counter()
        session.set(path, at % 90 + 1)
        edit = session.take_edit()
        judgement.follow(edit.touched, reordered=edit.reordered)
        changed.append((time.perf_counter() - begun) * 1000)
    warm = changed[work.times :]
    return Figures(median(opened), median(warm), percentile(warm, 95))


def path_of(session: FormSession, full: str) -> str:
    """The path of answers for one that counts rows, as JavaRosa's side takes it."""
    _, _, *steps = full.split("/")
    if "[" not in full:
        return f"/{steps[-1]}"
    repeat, _, place = steps[0].rstrip("]").partition("[")
    return f"{session.rows(f'/{repeat}')[int(place) - 1]}/{steps[-1]}"


def peer_figures() -> list[Figures] | None:
    """JavaRosa's figures for all of the work; None without a Java development kit."""
    if shutil.which("javac") is None or shutil.which("java") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source = Path(__file__).with_name("Peer.java")
        subprocess.run(["javac", "-nowarn", "-cp", str(JAR), "-d", folder, str(source)], check=True)
        arguments = []
        for at, work in enumerate(WORK):
            file = Path(folder) / f"{at}.xml"
            file.write_bytes(work.xml)
            arguments += [str(file), work.path, str(work.times)]
        command = ["java", "-cp", f"{JAR}:{folder}", "Peer", *arguments]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [Figures(*map(float, line.split())) for line in told.splitlines()]
