from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.openrosa.multipart import SentFile, plan_posts
from tests.openrosa_server import _parts

XML = b"<data/>"


def a_file(name: str, size: int) -> SentFile:
    return SentFile(name, "image/jpeg", size, lambda: iter([b"x" * size]))


def test_a_post_is_what_a_server_reads_and_as_long_as_it_says():
    (post,) = plan_posts(XML, [a_file('示例"照片.jpg', 5)], 10_000)
    for _ in range(2):
        body = b"".join(post)
        assert len(body) == post.size
        assert _parts(post.content_type, body) == [("xml_submission_file", XML), ('示例"照片.jpg', b"xxxxx")]


def test_a_type_that_somebody_else_wrote_adds_no_lines():
    hostile = SentFile('a"\r\nX: 1', "image/jpeg\r\nX: 1", 1, lambda: iter([b"x"]))
    assert hostile.head.count(b"\r\n") == 3 and b"octet-stream" in hostile.head


def test_without_files_the_xml_goes_alone():
    (post,) = plan_posts(XML, [], 1)
    assert [name for name, _ in _parts(post.content_type, b"".join(post))] == ["xml_submission_file"]


@given(st.lists(st.integers(0, 5_000), max_size=12), st.integers(1_000, 12_000))
def test_every_file_goes_once_in_order_and_only_one_alone_exceeds_the_limit(sizes, limit):
    files = [a_file(f"f{at}.jpg", size) for at, size in enumerate(sizes)]
    posts = plan_posts(XML, files, limit)
    assert [file for post in posts for file in post.files] == files
    for post in posts:
        names = [name for name, _ in _parts(post.content_type, b"".join(post))]
        assert (names[-1] == "*isIncomplete*") == (post is not posts[-1])
        assert names[0] == "xml_submission_file" and names.count("xml_submission_file") == 1
        assert post.size <= limit or len(post.files) <= 1


def test_more_than_a_hundred_files_are_split_however_small():
    assert [len(post.files) for post in plan_posts(XML, [a_file(f"{n}", 1) for n in range(201)], 10**9)] == [
        100,
        100,
        1,
    ]
