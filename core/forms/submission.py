"""Instance XML out and in: what a phone or an OpenRosa server sends and takes."""

from __future__ import annotations

from core.forms.submission_reading import (
    ReadSubmission,
    SubmissionHead,
    Unread,
    head_of_submission,
    read_submission,
)
from core.forms.submission_writing import Attachment, Submission, write_submission
from core.forms.submission_xml import INSTANCE_BYTES_LIMIT, UNREAD, record_of_instance

__all__ = [
    "INSTANCE_BYTES_LIMIT",
    "UNREAD",
    "Attachment",
    "ReadSubmission",
    "Submission",
    "SubmissionHead",
    "Unread",
    "head_of_submission",
    "read_submission",
    "record_of_instance",
    "write_submission",
]
