"""A sound and a film get to another desktop as files do."""

from __future__ import annotations

from app.usecases.attachments import attach_files, open_copy
from app.usecases.forms import install_form
from app.usecases.records import create_record, open_session, save_record
from tests.builders import a_workspace
from tests.media_form import a_film, a_sound, media_form
from tests.servers import endpoint_of, join_in_process, sync_in_process


def test_a_sound_and_a_film_get_to_another_desktop_byte_for_byte(tmp_path, service):
    with a_workspace(tmp_path / "a") as mine, a_workspace(tmp_path / "b") as theirs:
        for one in (mine, theirs):
            join_in_process(service, one)
        install_form(mine, media_form(tmp_path))
        record = create_record(mine, "media_form")
        save_record(mine, record, {"/roof": "tile"})
        sent = {"/talk": tmp_path / "口述.wav", "/tour": tmp_path / "院落.mov"}
        sent["/talk"].write_bytes(a_sound())
        sent["/tour"].write_bytes(a_film(200_000))
        for path, file in sent.items():
            attach_files(mine, record, path, [file])
        save_record(mine, record)
        sync_in_process(endpoint_of(service, mine), mine)
        assert not mine.photos.to_send()
        sync_in_process(endpoint_of(service, theirs), theirs)
        session = open_session(theirs, record)
        for path, file in sent.items():
            value = session.value(path)
            assert value["name"] == file.name
            assert open_copy(theirs, value["b"], value["name"]).read_bytes() == file.read_bytes()
        assert session.form.media["tile.png"] == mine.forms.newest("media_form").media["tile.png"]
