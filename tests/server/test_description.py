"""The OpenAPI description: served, committed, complete, and true of whatever a stranger sends."""

from __future__ import annotations

import socket
import threading

import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from litestar.handlers import HTTPRouteHandler
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.protocol.roles import Grant
from server.app import build_app
from server.config import ServerConfig
from server.description import describe, description_file
from server.openrosa.accounts import Phones
from tests.server.logs import a_device, a_token
from tests.servers import a_service

schemathesis.serializer.alias(
    ["application/zstd", "application/partial-upload", "application/vnd.survey.batch+ndjson"],
    "application/octet-stream",
)
SCHEMA = schemathesis.openapi.from_dict(describe()).exclude(path_regex="^/key/")
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


@pytest.fixture(scope="module")
def call(tmp_path_factory):
    """Sends a case to the real application, without TLS so that many fit into the time."""
    data = tmp_path_factory.mktemp("described") / "data"
    with a_service(data) as server:
        token = a_token(server, a_device(server))
        phone = Phones(server).add("示例手机", Grant("surveyor"))
        app = build_app(server, ServerConfig(data))
        serving = uvicorn.Server(
            uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False)
        )
        listening = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        url, headers = f"http://127.0.0.1:{listening.getsockname()[1]}", {"Authorization": f"Bearer {token}"}
        with requests.Session() as session:
            session.trust_env = False
            key = f"/key/{phone.token}"  # what stands behind it is the same
            yield lambda case: case.call(
                base_url=url if case.path.startswith("/svp/") else url + key, session=session, headers=headers
            )
        serving.should_exit = True
        thread.join(10)


def test_the_committed_description_is_the_one_that_is_served(checkout):
    assert (checkout / "docs" / "openapi.json").read_bytes() == description_file()


def test_every_path_of_the_server_is_described():
    from server.endpoints import access, blobs, forms, hello, openrosa, sync

    handlers = [
        one
        for module in (access, blobs, forms, hello, openrosa, sync)
        for one in vars(module).values()
        if isinstance(one, HTTPRouteHandler)
    ]
    served = {
        (path.replace(":str", ""), method.lower())
        for one in handlers
        for path in one.paths
        for method in one.http_methods
    }
    described = {
        (path, method)
        for path, item in describe()["paths"].items()
        for method in item
        if method != "parameters"
    }
    assert served == described


@SCHEMA.parametrize()
@settings(
    max_examples=5,
    derandomize=True,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
def test_whatever_comes_is_answered_as_described(case, call):
    case.validate_response(call(case), checks=CHECKS)
