"""The forms that come along on a phone: which are offered, with which lists, to whom."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from unittest import mock

import pytest

from app.usecases.records import create_record, finalise_record, save_record
from core.divisions import ancestors_of
from core.forms.xform.reading import parse_xform
from core.protocol.form_package import pack_form
from core.protocol.roles import Grant
from server.openrosa.divisions import division_rows
from server.openrosa.gateway import Gateway
from server.openrosa.offers import _mentioned
from server.sync_service import SyncService
from tests.builders import a_workspace
from tests.servers import a_service, endpoint_of, join_in_process, sync_in_process

FORMS = Path(__file__).resolve().parents[2] / "resources" / "forms"
COUNTY, VILLAGE = "330523", "330523100201"


def a_form(name):
    folder = FORMS / name
    media = {file.name: file.read_bytes() for file in (folder / "form-media").glob("*")}
    return (folder / "form.xml").read_bytes(), media


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    with a_service(folder / "server") as server:
        made = Gateway(server, folder / "server" / "archive")
        made.server, made.folder = server, folder
        device = made.phones.by_login(made.phones.add("示例", Grant("surveyor")).login).device
        for name in sorted(file.parent.name for file in FORMS.glob("*/form.xml")):
            xml, media = a_form(name)
            SyncService(server, device).put_form(parse_xform(xml, media).digest, pack_form(xml, media))
        yield made


def a_device(gateway, division, role="surveyor"):
    return gateway.phones.by_login(gateway.phones.add("示例", Grant(role, division)).login).device


def rows_of(files, name):
    return list(csv.DictReader(io.StringIO(files[name].decode())))


def files_of(gateway, form_id, device):
    [version] = gateway.offers.forms(device, form_id)
    return {name: gateway.offers.file(version, name, device) for name in gateway.offers.names(version)}


def test_every_form_that_comes_along_is_offered_to_a_phone_of_a_county(gateway):
    device = a_device(gateway, COUNTY)
    assert {one.form_id for one in gateway.offers.forms(device)} == {
        parse_xform(*a_form(file.parent.name)).form_id for file in FORMS.glob("*/form.xml")
    }
    assert gateway.offers.left_out(device) == []


def test_what_a_form_asks_is_among_its_files_and_the_form_reads_them(gateway):
    device = a_device(gateway, COUNTY)
    for version in gateway.offers.forms(device):
        files = files_of(gateway, version.form_id, device)
        assert {f"{name}.csv" for name in version.lists} <= set(files)
        xml, _ = gateway.catalogue.files(version.digest)
        form = parse_xform(xml, files, checked=True)
        assert set(form.lists) >= set(version.lists) and not form.external_lists, version.form_id


def test_a_phone_without_a_division_is_told_why_a_form_is_missing(gateway):
    device = a_device(gateway, "")
    left = {version.form_id: why for version, why in gateway.offers.left_out(device)}
    assert left == dict.fromkeys(
        ("village_profile", "cluster_application", "local_division"), "divisions-too-many"
    )
    assert not set(left) & {one.form_id for one in gateway.offers.forms(device)}


def test_divisions_are_those_of_the_account_and_those_above_it(gateway):
    rows = rows_of(files_of(gateway, "village_profile", a_device(gateway, COUNTY)), "divisions.csv")
    names = {row["name"]: row for row in rows}
    assert list(rows[0]) == ["name", "label", "parent", "level"]
    assert [names[code]["label"] for code in ancestors_of(f"{COUNTY}000000")] == [
        "浙江省",
        "湖州市",
        "安吉县",
    ]
    assert all(code.startswith(COUNTY) or code in ancestors_of(f"{COUNTY}000000") for code in names)
    assert all(row["parent"] == "" or row["parent"] in names for row in rows)
    assert {row["level"] for row in rows} == {"province", "prefecture", "county", "township", "village"}


def test_a_city_without_counties_stands_at_both_levels():
    rows = [row for row in division_rows("4419", {}) if row["name"] == "441900000000"]
    assert [(row["level"], row["parent"]) for row in rows] == [
        ("prefecture", "440000000000"), ("county", "441900000000"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def records(gateway):
    """Two villages and a building, made at a desktop and synced."""
    xml, _ = a_form("village_profile")
    with a_workspace(gateway.folder / "desk", form=xml) as desk:
        with desk.database.transaction():
            desk.forms.install(*a_form("building"))
            desk.forms.install(*a_form("local_division"))
        join_in_process(gateway.server, desk)
        made = {}
        for name, code in (("陈家村", VILLAGE), ("远村", "110101001001")):
            made[name] = create_record(desk, "village_profile")
            save_record(
                desk, made[name], {"/village_name": name, "/village": code, "/contact_phone": "13900000000"}
            )
        made["house"] = create_record(desk, "building")
        save_record(desk, made["house"], {"/village_ref": made["陈家村"], "/house_no": "H0001"})
        made["added"] = create_record(desk, "local_division")
        save_record(
            desk, made["added"], {"/code": "330523100901", "/name": "新村", "/province": "330000000000"}
        )
        for record in made.values():
            finalise_record(desk, record)
        sync_in_process(endpoint_of(gateway.server, desk), desk)
        yield desk, made


def test_records_are_those_in_sight_with_the_columns_that_the_form_mentions(gateway, records):
    _, made = records
    here, all_of_it = a_device(gateway, COUNTY), a_device(gateway, "")
    [village] = rows_of(files_of(gateway, "building", here), "village_profile.csv")
    assert village == {"name": made["陈家村"], "label": "陈家村", "village": VILLAGE}
    both = rows_of(files_of(gateway, "building", all_of_it), "village_profile.csv")
    assert {row["label"] for row in both} == {"陈家村", "远村"}
    [house] = rows_of(files_of(gateway, "building", here), "building.csv")
    assert house["name"] == made["house"] and house["label"].startswith("H0001")
    assert (
        rows_of(files_of(gateway, "building", a_device(gateway, COUNTY, "applicant")), "building.csv") == []
    )


@pytest.mark.parametrize(
    ("expression", "columns"),
    [
        ("instance('h')/root/item[name = /data/ref]/phone != '' and /data/id_number", {"phone"}),
        ("instance('h')/root/item[k = current()/../id_number]/village", {"k", "village"}),
        ("count(instance('h')/root/item[/data/id_number = kind and x = 'id_number'])", {"kind", "x"}),
        ("instance('h') / root / item [a = 1] /b", {"a", "b"}),
        ("instance('h')/root/item[k = instance('z')/root/item[q = 1]/w]/v", {"k", "q", "w", "v"}),
    ],
)
def test_no_column_leaves_that_only_bears_the_name_of_a_question(expression, columns):
    asked = _mentioned(f'<bind nodeset="/data/x" calculate="{expression}"/>', "h")
    assert asked & {"id_number", *columns} == columns


def test_what_choices_show_is_a_column_that_leaves():
    filtered = "nodeset=\"instance('h')/root/item[k = /data/id_number]\""
    asked = _mentioned(f'<itemset {filtered}><value ref="name"/><label ref="title"/></itemset>', "h")
    assert asked & {"id_number", "k", "name", "title"} == {"k", "name", "title"}


def test_an_added_division_is_in_the_list_of_its_place(gateway, records):
    here = rows_of(files_of(gateway, "village_profile", a_device(gateway, COUNTY)), "divisions.csv")
    assert [row["label"] for row in here if row["name"] == "330523100901"] == ["新村"]
    there = rows_of(files_of(gateway, "village_profile", a_device(gateway, "11")), "divisions.csv")
    assert [row for row in there if row["name"] == "330523100901"] == []


def test_a_list_follows_what_changes(gateway, records):
    desk, made = records
    here = a_device(gateway, COUNTY)
    save_record(desk, made["陈家村"], {"/village_name": "陈家新村"})
    sync_in_process(endpoint_of(gateway.server, desk), desk)
    [village] = rows_of(files_of(gateway, "building", here), "village_profile.csv")
    assert village["label"] == "陈家新村"
    save_record(desk, made["陈家村"], {"/village_name": "陈家村"})
    sync_in_process(endpoint_of(gateway.server, desk), desk)


def test_a_record_is_listed_once_the_form_it_is_written_in_has_come(gateway, tmp_path):
    xml, media = a_form("facility")
    newer = xml.replace(b'version="20261121', b'version="20261123')
    device = a_device(gateway, "")
    with a_workspace(tmp_path / "desk", form=newer) as desk:
        join_in_process(gateway.server, desk)
        record = create_record(desk, "facility")
        save_record(desk, record, {"/facility_name": "早来的桥", "/facility_no": "F1"})
        with monkeypatched_forms(gateway):
            sync_in_process(endpoint_of(gateway.server, desk), desk)
            assert record not in {row["name"] for row in gateway.offers._records.rows("facility", device)}
        SyncService(gateway.server, device).put_form(
            parse_xform(newer, media).digest, pack_form(newer, media)
        )
        found = {row["name"]: row["label"] for row in gateway.offers._records.rows("facility", device)}
        assert found[record] == "F1 早来的桥"


def monkeypatched_forms(gateway):
    """Forms that are left meanwhile are not found, as if the line had broken before them."""
    known = gateway.catalogue.versions()
    return mock.patch.object(gateway.catalogue, "versions", return_value=known)


def test_the_newest_version_is_offered_and_older_ones_on_request(gateway):
    device = a_device(gateway, COUNTY)
    xml, media = a_form("facility")
    newer = xml.replace(b'version="20261121', b'version="20261122')
    endpoint = SyncService(gateway.server, device)
    endpoint.put_form(parse_xform(newer, media).digest, pack_form(newer, media))
    [offered] = gateway.offers.forms(device, "facility")
    versions = [one.version[:8] for one in gateway.offers.forms(device, "facility", every=True)]
    assert offered.version[:8] == max(versions) and {"20261121", "20261122"} <= set(versions)


def test_the_newest_version_of_a_form_is_the_one_that_desktops_show(gateway):
    device = a_device(gateway, COUNTY)
    xml = a_form("local_division")[0].replace(b'id="local_division"', b'id="counted"')
    for version in (b"v10", b"v9"):
        form = parse_xform(re.sub(rb'version="2026\d+"', b'version="%s"' % version, xml), {})
        SyncService(gateway.server, device).put_form(form.digest, pack_form(form.xml, form.media))
    [offered] = gateway.offers.forms(device, "counted")
    assert offered.version == "v10"


def test_a_form_that_nobody_can_read_is_left_out_with_its_reason(gateway):
    device = a_device(gateway, COUNTY)
    xml = a_form("facility")[0].replace(b"</h:body>", b"<input ref='/data/nowhere'/></h:body>")
    from core.forms.digest import form_digest

    SyncService(gateway.server, device).put_form(form_digest(xml, {}), pack_form(xml, {}))
    assert [why.split()[0] for _, why in gateway.offers.left_out(device)] == ["form-broken"]
    assert "facility" in {one.form_id for one in gateway.offers.forms(device)}
