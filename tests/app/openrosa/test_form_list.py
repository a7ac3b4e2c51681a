from __future__ import annotations

import pytest

from app.openrosa.form_list import ListedFile, ListedForm, read_form_list, read_manifest
from core.errors import KnownError

FORM_LIST = """<?xml version="1.0" encoding="UTF-8"?>
<xforms xmlns="http://openrosa.org/xforms/xformsList">
  <xform><formID>a</formID><name>示例甲</name><version>2</version><hash>md5:0123456789ABCDEF0123456789abcdef</hash>
    <downloadUrl>https://x/a.xml</downloadUrl><manifestUrl>https://x/a/manifest</manifestUrl></xform>
  <xform><formID>b</formID><name/><version/><hash/><downloadUrl>b.xml</downloadUrl></xform>
  <xform><name>no id</name><downloadUrl>c.xml</downloadUrl></xform>
  <xforms-group/>
</xforms>""".encode()


def test_a_list_says_its_forms_and_leaves_out_what_cannot_be_fetched():
    assert read_form_list(FORM_LIST) == (
        ListedForm("a", "示例甲", "2", "0123456789abcdef" * 2, "https://x/a.xml", "https://x/a/manifest"),
        ListedForm("b", "b", "", "", "b.xml", ""),
    )


def test_a_manifest_says_its_files_by_names_without_folders():
    files = read_manifest(
        b'<manifest xmlns="http://openrosa.org/xforms/xformsManifest">'
        b"<mediaFile><filename>/../a.png</filename><hash>md5:" + b"a" * 32 + b"</hash><downloadUrl>u</downloadUrl></mediaFile>"
        b'<mediaFile type="entityList"><filename>trees.csv</filename><hash>md5:x</hash><downloadUrl>v</downloadUrl></mediaFile>'
        b"<mediaFile><filename>..\\</filename><downloadUrl>w</downloadUrl></mediaFile></manifest>"
    )  # fmt: skip
    assert files == (
        ListedFile("a.png", "a" * 32, "u"),
        ListedFile("trees.csv", "", "v", is_entity_list=True),
    )


@pytest.mark.parametrize(
    "xml",
    [
        b"", b"<html></html>", b"not xml", b"<xforms>", b"\xff\xfe", b'<?xml version="1.0" encoding="nonsense"?><xforms/>',
        b'<!DOCTYPE x [<!ENTITY e "e">]><xforms>&e;</xforms>',
        b"<xforms>" + b"<xform/>" * 10_001 + b"</xforms>",
    ],
)  # fmt: skip
def test_a_hostile_or_broken_list_is_refused(xml):
    with pytest.raises(KnownError) as refused:
        read_form_list(xml)
    assert refused.value.code == "openrosa_bad_list"


def test_a_deep_list_harms_nothing():
    assert read_form_list(b"<xforms>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</xforms>") == ()
