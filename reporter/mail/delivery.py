"""One bounded batch of the outbox: claim, send, mark. Safe to kill at any moment.

A message is marked sent only after the server has accepted it: what is killed in between goes
out once more, with the same Message-ID and bytes. Nothing is ever lost.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest

from reporter.mail import limits, outbox, outcomes, webhook
from reporter.mail.limits import NO_LIMITS, Limits
from reporter.mail.outbox import MAIL, Claimed, Content
from reporter.mail.smtp import Connection, NotNow, Refused, ServerDown
from reporter.records.db import Database
from reporter.records.seal import Unreadable

log = logging.getLogger(__name__)
BATCH = 20
# So many messages in a row without contact, and the server counts as down until the next tick.
SILENCE = 2
# What was opened so short ago is still due, and the lease is as long as it was.
A_MOMENT = timedelta(seconds=1)


@dataclass
class Tally:
    """What came of the rows that were tried. `down` says why the mail server is out of use."""

    counts: Counter[str] = field(default_factory=Counter)
    down: str = ""
    silences: int = 0

    @property
    def sent(self) -> int:
        return self.counts["sent"]


class Clock:
    """The time that was given, and what has passed since."""

    def __init__(self, at: datetime) -> None:
        self._at, self._started = at, time.monotonic()

    def __call__(self) -> datetime:
        return self._at + timedelta(seconds=time.monotonic() - self._started)


@dataclass(frozen=True)
class Postman:
    """Who carries the messages of one tick. `connection` is None where no mail server is set.

    Not `with_checkins`: the clock is doubted, so only what has just happened is told.
    """

    worker: str
    sender: str
    connection: Connection | None
    stopped: Callable[[], bool] = bool
    page: Callable[[Content], None] = webhook.deliver
    limits: Limits = NO_LIMITS
    bounces: str = ""
    with_checkins: bool = True

    def envelope(self, row_id: str) -> str:
        """Whom the other server tells when it fails: an address of this one message (VERP)."""
        if not self.bounces:
            return self.sender
        name, _, domain = self.bounces.rpartition("@")
        return f"{name}+{row_id}@{domain}"


def deliver(db: Database, clinic_id: str, postman: Postman, at: datetime) -> Tally:
    """Send what is due, by batches, until nothing is left, the server is down or we must stop."""
    now, tally = Clock(at), Tally()
    if postman.with_checkins:
        outcomes.expire(db, clinic_id, at)
    while not postman.stopped():
        put_back, with_mail = tally.counts["put_back"], _has_mail(postman, tally)
        batch, held = _claimed(db, clinic_id, postman, now(), with_mail)
        tally.counts.update({"held": held} if held else {})
        with closing(Hands(db, now)) as hands:
            for claimed, following in zip_longest(batch, batch[1:]):
                hands.following = following
                _one(hands, claimed, postman, tally)
        gave_up = tally.counts["put_back"] > put_back and _has_mail(postman, tally)
        if gave_up or not (batch or held):
            break
    return tally


class Hands:
    """What is done for the message before and the one after while the mail server thinks.

    Of the one before it is written down that it went, before a byte of the next one is on its
    way; the one after is opened, and opened again at its turn unless that was a moment ago.
    """

    def __init__(self, db: Database, now: Clock) -> None:
        self.db, self.now = db, now
        self.following: Claimed | None = None
        self._unmarked: Callable[[], None] | None = None
        self._ahead: tuple[Claimed, datetime, Content] | None = None

    def mark(self) -> None:
        """Not durable: a mark that a power cut takes means the same bytes once more (decision
        19). A kill before it does too, for this one message."""
        if work := self._unmarked:
            self._unmarked = None
            self.db.atomically(work, durable=False)

    def mark_soon(self, work: Callable[[], None]) -> None:
        self.mark()
        self._unmarked = work

    close = mark

    def open_ahead(self) -> None:
        """What cannot be opened is left for its turn, where that is told."""
        self._ahead = None
        if (one := self.following) is not None and one.channel == MAIL:
            with suppress(Unreadable, LookupError, TypeError, ValueError):
                if content := outbox.opened(self.db, one, self.now()):
                    self._ahead = one, self.now(), content

    def opened(self, claimed: Claimed) -> Content | None:
        found, self._ahead = self._ahead, None
        if found and found[0] is claimed and self.now() - found[1] < A_MOMENT:
            return found[2]
        return outbox.opened(self.db, claimed, self.now())


def _claimed(
    db: Database, clinic_id: str, postman: Postman, at: datetime, with_mail: bool
) -> tuple[list[Claimed], int]:
    """A batch that may go now, and how many of it wait for another minute."""

    def work() -> tuple[list[Claimed], int]:
        batch = outbox.claim(
            db,
            clinic_id,
            postman.worker,
            at,
            BATCH,
            with_mail=with_mail,
            with_checkins=postman.with_checkins,
        )
        may_go = limits.allowed(db, batch, postman.limits, at)
        return may_go, len(batch) - len(may_go)

    return db.atomically(work)


def _has_mail(postman: Postman, tally: Tally) -> bool:
    return postman.connection is not None and not tally.down


def _one(hands: Hands, claimed: Claimed, postman: Postman, tally: Tally) -> None:
    """Try one row; that it went is marked before a byte of the next is on its way."""
    fate, words = _tried(hands, claimed, postman, tally)
    at = hands.now()
    hands.mark_soon(lambda: fate(hands.db, claimed, at, words))
    if fate is not outcomes.sent:
        hands.mark()
    tally.counts[fate.__name__] += 1
    if fate in {outcomes.fail, outcomes.refuse}:
        log.error("Message %s was set aside: %s", claimed.id, words)
    _listen(claimed, postman, tally, fate is outcomes.defer, words)


def _tried(
    hands: Hands, claimed: Claimed, postman: Postman, tally: Tally
) -> tuple[outcomes.Fate, str]:
    try:
        content = _content(hands, claimed, postman, tally)
        if content is None:
            return outcomes.put_back, ""
        _carry(content, claimed, postman, hands)
    except ServerDown as trouble:
        tally.down = str(trouble)
        return outcomes.put_back, ""
    except NotNow as trouble:
        return outcomes.defer, str(trouble)
    except Refused as trouble:
        return outcomes.refuse, str(trouble)
    except (Unreadable, LookupError, TypeError, ValueError) as trouble:
        return outcomes.fail, f"{outcomes.UNREADABLE} ({type(trouble).__name__})."
    return outcomes.sent, ""


def _content(hands: Hands, claimed: Claimed, postman: Postman, tally: Tally) -> Content | None:
    """What to send, or None when it is not to be tried now. The server is asked for first: what
    waiting for it costs must not run into the lease."""
    if postman.stopped() or (claimed.channel == MAIL and not _has_mail(postman, tally)):
        return None
    if claimed.channel == MAIL and postman.connection and not postman.connection.is_open:
        hands.mark()  # to connect may take long
        postman.connection.ready()
    return hands.opened(claimed)


def _carry(content: Content, claimed: Claimed, postman: Postman, hands: Hands) -> None:
    if claimed.channel == MAIL and postman.connection:
        sender, message = postman.envelope(claimed.id), content["bytes"].encode("ascii")
        connection = postman.connection
        connection.begun, connection.handed_over = hands.mark, hands.open_ahead
        connection.send(sender, content["to"], message)
    else:
        hands.mark()
        postman.page(content)


def _listen(claimed: Claimed, postman: Postman, tally: Tally, deferred: bool, words: str) -> None:
    """Notice a mail server that has gone silent, so that not every message waits for it in turn."""
    if claimed.channel != MAIL or postman.connection is None:
        return
    silent = deferred and not postman.connection.is_open
    tally.silences = tally.silences + 1 if silent else 0
    if tally.silences >= SILENCE:
        tally.down = words
