"""What tests of the data are made from: a small form, a workspace, a record. Build one, change one thing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from app.usecases.records import create_record, save_record
from app.workspace import Workspace, open_workspace
from core.clock import Clock
from core.values import Value, photo_value

SMALL_FORM = """<?xml version="1.0" encoding="UTF-8"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
        xmlns:jr="http://openrosa.org/javarosa" xmlns:cj="urn:cunjiang:forms">
  <h:head>
    <h:title>示例表</h:title>
    <model>
      <instance>
        <data id="small" version="2026112101">
          <name/><village/><village_code/><households>3</households><area/><kind/><remark/>
          <double/>
          <hh jr:template=""><person/><age/></hh>
          <photos jr:template=""><photo/></photos>
          <meta><instanceID/><instanceName/></meta>
        </data>
      </instance>
      <bind nodeset="/data/name" type="string" required="true()" cj:list="1"/>
      <bind nodeset="/data/village" type="string" cj:merge="place" cj:list="2"/>
      <bind nodeset="/data/village_code" type="string" cj:merge="place"/>
      <bind nodeset="/data/households" type="int" constraint=". &gt;= 0"/>
      <bind nodeset="/data/area" type="decimal"/>
      <bind nodeset="/data/kind" type="string"/>
      <bind nodeset="/data/remark" type="string"/>
      <bind nodeset="/data/double" type="int" calculate="/data/households * 2"/>
      <bind nodeset="/data/hh/person" type="string"/>
      <bind nodeset="/data/hh/age" type="int"/>
      <bind nodeset="/data/photos/photo" type="binary"/>
      <bind nodeset="/data/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/>
      <bind nodeset="/data/meta/instanceName" type="string" calculate="/data/name"/>
    </model>
  </h:head>
  <h:body>
    <input ref="/data/name"><label>名称</label></input>
    <input ref="/data/village"><label>村</label></input>
    <input ref="/data/village_code"><label>村代码</label></input>
    <input ref="/data/households"><label>户数</label></input>
    <input ref="/data/area"><label>面积</label></input>
    <input ref="/data/kind"><label>类型</label></input>
    <input ref="/data/remark"><label>备注</label></input>
    <group ref="/data/hh"><label>农户</label><repeat nodeset="/data/hh">
      <input ref="/data/hh/person"><label>户主</label></input>
      <input ref="/data/hh/age"><label>年龄</label></input>
    </repeat></group>
    <group ref="/data/photos"><label>照片</label><repeat nodeset="/data/photos" appearance="cj-photos">
      <upload ref="/data/photos/photo" mediatype="image/*"><label>照片</label></upload>
    </repeat></group>
  </h:body>
</h:html>
""".encode()


def a_workspace(
    folder: Path, *, name: str = "示例人员", clock: Clock | None = None, form: bytes = SMALL_FORM
) -> Workspace:
    """A workspace at `folder` with the small form and a person; an existing one is opened."""
    workspace = open_workspace(folder, clock=clock)
    try:
        with workspace.database.transaction():
            workspace.forms.install(form)
            workspace.kv.put("person_name", name)
    except BaseException:
        workspace.close()
        raise
    return workspace


def a_record(workspace: Workspace, *, form_id: str = "small", **answers: Value) -> str:
    """A saved record with these answers (`name="…"` is `/name`); its name is 示例记录 unless given."""
    record_id = create_record(workspace, form_id)
    save_record(
        workspace, record_id, {f"/{name}": value for name, value in {"name": "示例记录", **answers}.items()}
    )
    return record_id


def a_photo(workspace: Workspace, content: bytes, *, mime: str = "image/jpeg") -> dict[str, Value]:
    """A photo stored in the workspace, as the value of a photo question. Any bytes will do."""
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    workspace.photo_files.store(digest, content)
    with workspace.database.transaction():
        workspace.photos.add(digest, len(content), mime)
    return photo_value(digest, len(content), mime)


def values_of(workspace: Workspace, record_id: str) -> Mapping[str, Value]:
    """The answers of a saved record as its operations make them, the record's own marks left out."""
    merged = workspace.records.merged(record_id)
    assert merged is not None
    return {path: value for path, value in merged.values.items() if not path.startswith("/@")}


def carry(source: Workspace, target: Workspace) -> None:
    """Brings all own operations of one workspace into another, as a server would."""
    own = source.operations.own().id
    lines = [line.line for line in source.operations.log(own)]
    start = source.operations.hash_at(own, 0)
    assert start is not None
    with target.database.transaction():
        target.records.refresh(target.foreign_logs.receive(own, 1, start, lines))
