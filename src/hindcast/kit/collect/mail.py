"""Mails saved as .eml: the sender is the learner, the mail's date is the time of handing in."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from io import BytesIO
from typing import cast

from hindcast.kit.collect.arrivals import MAIL, SENDER, Find, Reader, Refusal, Sign, UnreadFile
from hindcast.kit.plumbing.files import MEGABYTE

DEEPEST = 2  # a mail in a mail, such as a forwarded one
MOST_MAIL = 100 * MEGABYTE


def from_mail(entry: UnreadFile, look: Reader) -> Iterator[Find]:
    """Yield what the attachments of a mail hold. `look` reads each attachment."""
    if entry.size > MOST_MAIL:
        reason = f"It is a mail of more than {MOST_MAIL / MEGABYTE:.0f} MB."
        yield Refusal(entry.where, reason, "Save its attachments and collect them.")
        return
    with entry.open() as file:
        raw = file.read(MOST_MAIL)
    entry.taken(len(raw))
    try:
        message = email.message_from_bytes(raw, policy=email.policy.default)
        yield from _read_attachments(message, entry, look)
    except RecursionError:
        yield Refusal(
            entry.where, "It is nested too deeply to be read.", "Save its attachments and collect them."
        )


def _read_attachments(message: EmailMessage, entry: UnreadFile, look: Reader) -> Iterator[Find]:
    if entry.inside.count(MAIL) == DEEPEST:
        yield Refusal(
            entry.where, "It is a mail in a mail in a mail.", "Save its attachments and collect them."
        )
        return
    inner = entry.within(MAIL, Sign(SENDER, _mail_header(message, "from")), time=_mail_time(message))
    for part in _parts(message):
        if part.get_content_type() == "message/rfc822":
            for forwarded in cast(list[EmailMessage], part.get_payload()):
                yield from _read_attachments(forwarded, inner, look)
        else:
            yield from _read_attachment(part, inner, look)


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the parts of a mail that are not divided further. An attached mail is one part."""
    if message.get_content_maintype() != "multipart" or not message.is_multipart():
        yield message
        return
    for part in cast(list[EmailMessage], message.get_payload()):
        yield from _parts(part)


def _read_attachment(part: EmailMessage, inner: UnreadFile, look: Reader) -> Iterator[Find]:
    try:
        name = part.get_filename()
        content = cast(bytes | None, part.get_payload(decode=True))
    except (ValueError, LookupError, AttributeError):
        name, content = None, None
    if not name or content is None:
        return
    own = name.replace("\\", "/").rpartition("/")[2]
    where = f"{inner.where}/{own}"
    yield from look(replace(inner, name=own, where=where, size=len(content), open=lambda: BytesIO(content)))


def _mail_header(message: EmailMessage, name: str) -> str:
    try:
        return str(message[name] or "")
    except (ValueError, LookupError, AttributeError, TypeError, IndexError):
        return ""


def _mail_time(message: EmailMessage) -> float | None:
    try:
        return message["date"].datetime.timestamp()
    except (ValueError, LookupError, AttributeError, TypeError, OverflowError, OSError):
        return None
