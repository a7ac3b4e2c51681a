"""What this program speaks, and the sizes that both ends keep to."""

from __future__ import annotations

PROTOCOL_VERSION = 1
BATCH_VERSION = 1
RECEIPT_VERSION = 1
SUPPORTED_VERSIONS = (PROTOCOL_VERSION,)

BATCH_MEDIA_TYPE = "application/vnd.survey.batch+ndjson"
FEED_MEDIA_TYPE = "application/vnd.survey.feed+ndjson"

SYNC_BODY_LIMIT = 1024 * 1024  # bytes as sent
BATCH_OPS_LIMIT = 1_000
BATCH_PLAIN_LIMIT = 8 * 1024 * 1024
PAGE_PLAIN_LIMIT = 64 * 1024 * 1024
BLOB_LIMIT = 512 * 1024 * 1024  # one film
PHOTO_BYTES_LIMIT = 64 * 1024 * 1024  # a picture is decoded from memory
PHOTO_SIDE_LIMIT = 30_000  # pixels; JPEG could hold 65,535 and the HEIF library takes 32,768
PHOTO_PIXEL_LIMITS = {
    "image/jpeg": 210_000_000,  # phones write 16,384 x 12,288; a JPEG is decoded at an eighth
    "image/heic": 210_000_000,
    "image/png": 50_000_000,  # decoded whole
    "image/webp": 25_000_000,  # decoded whole, and four times over
}
HAVE_LIMIT = 500
PAGE_BYTES = 64 * 1024  # what a client asks of the feed at a time, compressed
PROJECT_HEADER = "X-Cunjiang-Project"
"""Which project phones send to: a desktop that syncs with it must not send its records there as well."""
