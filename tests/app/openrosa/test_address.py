from __future__ import annotations

import base64
import json
import zlib

import pytest

from app.openrosa.address import read_access, told_as
from core.errors import KnownError

TOKEN = "lSpAIeksRu1CNZs7!qjAot2T17dPzkrw9B4iTtpj7OoIJBmXvnHM8z8Ka4QPEjR7"
CENTRAL = f"https://odk.example.org/v1/key/{TOKEN}/projects/1"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        (CENTRAL, CENTRAL),
        (f"  {CENTRAL}/formList \n", CENTRAL),
        (f"{CENTRAL}/submission?deviceID=1", CENTRAL),
        (f"{CENTRAL}/forms/家%20访/submissions", CENTRAL),
        (f"{CENTRAL}/forms/a.xml", CENTRAL),
        ("https://odk.example.org/#/projects/7/forms/x/submissions", "https://odk.example.org/v1/projects/7"),
        ("https://odk.example.org/v1/projects/7/", "https://odk.example.org/v1/projects/7"),
        (
            "https://odk.example.org/v1/test/TOKEN/projects/7/forms/x/draft/formList",
            "https://odk.example.org/v1/test/TOKEN/projects/7/forms/x/draft",
        ),
        ("https://kf.kobotoolbox.org/#/forms/aB3/summary", "https://kc.kobotoolbox.org"),
        ("https://kc.kobotoolbox.org/someone/formList/", "https://kc.kobotoolbox.org/someone"),
        ("kc.example.org", "https://kc.example.org"),
        ("https://kc.example.org/someone/", "https://kc.example.org/someone"),
        ("http://192.0.2.7:8080/x", "http://192.0.2.7:8080/x"),
        ("https://[2001:db8::1]:8443/", "https://[2001:db8::1]:8443"),
    ],
)
def test_an_address_is_taken_as_people_paste_it(given, url):
    assert read_access(given).url == url


@pytest.mark.parametrize(
    "given", ["", "   ", "ftp://example.org", "https://", "http://a b", "https://[x", "{}", "https://x:port"]
)
def test_what_is_no_address_is_said(given):
    with pytest.raises(KnownError) as refused:
        read_access(given)
    assert refused.value.code == "openrosa_address"


def test_user_and_password_in_an_address_are_taken_out_of_it():
    access = read_access("https://li%40x:p%3Aw@kc.example.org/")
    assert (access.url, access.user, access.password) == ("https://kc.example.org", "li@x", "p:w")
    assert read_access("https://li:1@kc.example.org/", "other", "2").user == "other"


def test_the_settings_of_a_code_for_collect_are_an_address():
    settings = json.dumps({"general": {"server_url": CENTRAL, "username": "u", "password": "p"}, "admin": {}})
    packed = base64.b64encode(zlib.compress(settings.encode())).decode()
    for text in (settings, packed):
        assert read_access(text) == read_access(CENTRAL, "u", "p")


def test_a_code_that_unpacks_to_much_is_no_address():
    bomb = base64.b64encode(zlib.compress(b" " * 50_000_000)).decode()
    with pytest.raises(KnownError):
        read_access(bomb)


def test_a_token_is_neither_shown_nor_part_of_what_a_server_is_known_by():
    access = read_access(CENTRAL)
    assert TOKEN[5:] not in access.shown + access.identity
    assert access.shown == "odk.example.org/v1/key/lSpA…/projects/1"
    assert access.identity == read_access(CENTRAL.replace(TOKEN, "another")).identity
    assert access.identity != read_access(CENTRAL.replace("projects/1", "projects/2")).identity


def test_what_the_log_calls_a_server_names_its_host_alone_and_tells_its_paths_apart():
    names = [
        told_as(read_access(given).identity) for given in (CENTRAL, f"{CENTRAL}2", "https://kc.example.org")
    ]
    assert len(set(names)) == 3 and names[2] == "kc.example.org"
    assert all(name.startswith("odk.example.org/") and "projects" not in name for name in names[:2])
    assert told_as(read_access(CENTRAL.replace(TOKEN, "another")).identity) == names[0]
