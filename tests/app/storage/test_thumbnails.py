from __future__ import annotations

from app.storage.thumbnails import Thumbnails


def test_a_thumbnail_is_made_once_and_the_oldest_make_room():
    made: list[str] = []

    def make(name: str) -> bytes:
        made.append(name)
        return name.encode() * 10

    kept = Thumbnails(bytes_kept=25)
    for name in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(name, 64, lambda name=name: make(name)) == name.encode() * 10
    assert made == ["a", "b", "c", "b"]
    kept.get("a", 128, lambda: make("a"))
    assert made[-1] == "a"
