"""A photo file that is changed or removed between attaching and uploading: told, never sent, nothing else stops."""

from __future__ import annotations

import os

import pytest

from app.usecases.records import save_record
from app.usecases.sync import sync_state
from tests.app.sync.test_broken_line import PICTURE
from tests.builders import a_photo, a_record, a_workspace, values_of
from tests.servers import join_in_process, sync_in_process


def flip(file):
    content = bytearray(file.read_bytes())
    content[-20] ^= 1
    file.write_bytes(content)


class WhileItIsSent:
    """An endpoint before which the photo is changed once its first piece is on the way."""

    def __init__(self, endpoint, digest, change):
        self._endpoint = endpoint
        self._digest = digest
        self._change = change

    def __getattr__(self, name):
        return getattr(self._endpoint, name)

    def append_blob(self, digest, size, offset, pieces):
        def changing():
            for number, piece in enumerate(pieces):
                if digest == self._digest and number == 0:
                    self._change()
                yield piece

        return self._endpoint.append_blob(digest, size, offset, changing())


@pytest.mark.log_warnings
@pytest.mark.parametrize("change", [flip, os.unlink, lambda file: os.truncate(file, 100)])
@pytest.mark.parametrize("when", ["before", "while it is sent"])
def test_a_photo_file_changed_after_attaching_is_told_and_the_record_stays(tmp_path, service, change, when):
    with a_workspace(tmp_path / "a") as a:
        endpoint = join_in_process(service, a)
        changed, sound = a_photo(a, PICTURE + bytes(200_000)), a_photo(a, PICTURE)
        record = a_record(a, remark="照片之外的都在")
        save_record(a, record, {"/photos[r]/photo": changed, "/photos[s]/photo": sound})
        before = dict(values_of(a, record))
        file = a.photo_files.path(changed["b"])
        if when == "before":
            change(file)
            line = endpoint
        else:
            line = WhileItIsSent(endpoint, changed["b"], lambda: change(file))
        result = sync_in_process(line, a)
        there = {state.digest: state.state for state in endpoint.blobs_have([changed["b"], sound["b"]])}
        assert there[sound["b"]] == "full"
        if there[changed["b"]] == "full":  # removed under an open file: all that was attached has been read
            assert change is os.unlink
            return
        assert (result.photos_sent, result.photos_refused) == (1, 1)
        assert sync_state(a).photos[changed["b"]] == "damaged"
        assert dict(values_of(a, record)) == before
        a.photo_files.store(changed["b"], PICTURE + bytes(200_000))  # attached once more
        with a.database.transaction():
            a.photos.add(changed["b"], changed["n"], "image/jpeg")
        assert sync_in_process(endpoint, a).photos_sent == 1
