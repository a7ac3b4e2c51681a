"""Receipts: equal counts on both sides, and every way in which they can differ."""

from core.records.operation import Operation, encode_line
from core.records.receipt import Receipt, check_receipt, count_log, receipt_bytes
from core.values import photo_value

A = "a" * 32
PHOTO = "sha256:" + "1" * 64
LINES = [
    encode_line(Operation(k="who", n=1, t="t", name="示例")),
    encode_line(
        Operation(k="put", n=2, t="t", r="r1", s={"/a": 1, "/p": photo_value(PHOTO, 10, "image/jpeg")})
    ),
    encode_line(Operation(k="put", n=3, t="t", r="r2", s={"/a": 2})),
]


def a_receipt(lines=LINES, held=(PHOTO,)):
    count, _ = count_log(A, lines)
    return Receipt(v=1, project="p", epoch="e", count=count, photos_held=list(held), at="t")


def test_a_log_is_counted_by_records_fields_and_photos():
    count, digests = count_log(A, LINES)
    assert (count.through, count.records, count.fields, count.photos) == (3, 2, 3, 1)
    assert digests == [PHOTO]


def test_an_equal_log_with_its_photos_is_complete():
    own, digests = count_log(A, LINES)
    assert check_receipt(a_receipt(), own, digests).complete


def test_a_photo_that_the_server_lacks_is_named():
    own, digests = count_log(A, LINES)
    check = check_receipt(a_receipt(held=()), own, digests)
    assert check.photos_missing == (PHOTO,)
    assert not check.complete


def test_one_changed_byte_is_seen():
    changed = [LINES[0], LINES[1].replace(b'"/a":1', b'"/a":7'), LINES[2]]
    own, digests = count_log(A, LINES)
    assert not check_receipt(a_receipt(changed), own, digests).log_matches


def test_the_signed_bytes_are_stable():
    assert receipt_bytes(a_receipt()).startswith(b'{"at":"t","count":{"chain":"')


def test_a_line_that_cannot_be_read_is_counted_and_vouched_for_by_the_chain():
    count, digests = count_log(A, [*LINES[:2], b'{"k":7,"n":3}'])
    assert (count.through, count.records, digests) == (3, 1, [PHOTO])
    assert count.chain != count_log(A, LINES)[0].chain
