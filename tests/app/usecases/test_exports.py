from __future__ import annotations

from app.given_files import file_name
from app.usecases.exports import export_name
from app.usecases.forms import install_form
from app.usecases.records import create_record, keep_draft
from tests.builders import a_workspace


def test_a_file_is_named_by_place_title_form_and_day(tmp_path, clock, checkout):
    with a_workspace(tmp_path / "ws", clock=clock) as workspace:
        install_form(workspace, checkout / "resources" / "forms" / "cluster_application" / "form.xml")
        record = create_record(workspace, "cluster_application")
        day = f"{clock.now():%Y%m%d}"
        assert export_name(workspace, record) == f"特色聚集区合作共建申报表_{day}"
        keep_draft(workspace, record, {"/applying_unit": "示例县/经信局", "/province": "350000000000"})
        name = export_name(workspace, record)
        assert name == f"350000000000_示例县/经信局_特色聚集区合作共建申报表_{day}"
        assert file_name(name, ".docx") == f"350000000000_示例县_经信局_特色聚集区合作共建申报表_{day}.docx"
