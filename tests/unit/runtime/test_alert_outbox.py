"""The outbox between event and channel: codes, quiet hours, pauses, and storms as one message."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest

from analytics.accounts.one_time import Bearer
from analytics.alerts.model import LOCAL, ChannelKind, DueDelivery, Message, SentCode
from analytics.alerts.quiet import QuietHours, parse_preferences, quiet_of
from analytics.alerts.rules import parse_rule
from analytics.model.own_lists import PREFERENCES
from analytics.model.vocabulary import BadInput
from analytics.runtime.alerts.delivery import Sender
from analytics.runtime.alerts.transport import SendFailure
from analytics.store.account_tables import people
from analytics.store.confirmations import Confirmations
from analytics.store.database import Database
from analytics.store.notices import Notices
from analytics.store.records import Records
from analytics.store.subscriptions import Subscriptions
from tests.support.small_alerts import LOSES, NOW, Clock
from tests.support.waiting import until

EMAIL = "ann@example.org"
HOOK = "https://hooks.example/ann"
PERSON = "person-ann"


class Courier:
    """Takes messages, or refuses them for good."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.refuses = False

    def send(self, due: DueDelivery) -> None:
        if self.refuses:
            raise SendFailure("no such mailbox", final=True)
        self.sent.append(due.notice.message)


class Desk:
    """A store with one person, a clock moved by hand, and a sender."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.records = Records(Database(None))
        database = self.records.database
        self.records.__dict__.update(
            notices=Notices(database, self.clock),
            subscriptions=Subscriptions(database, self.clock),
            confirmations=Confirmations(database, self.clock),
        )
        self.courier = Courier()
        self.sender = Sender(self.records, {"email": self.courier}, self.clock)

    def tell(self, number: int, title: str = "", subscriber: str = PERSON) -> None:
        symbol = f"S{number:02}"
        title = title or f"{symbol} is under its 50-DMA at 10:02 (provisional)"
        message = Message("rule", f"key {number}", title, "", "/supports", NOW)
        with self.records.database.writing() as connection:
            self.records.notices.record(subscriber, message, connection)

    def send(self) -> list[str]:
        """All that is due now: the titles that arrived by it."""
        before = len(self.courier.sent)
        while self.sender.step("email"):
            pass
        return [message.title for message in self.courier.sent[before:]]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def ready(desk: Desk) -> Desk:
    """With a channel."""
    desk.records.subscriptions.add_channel(PERSON, "email", EMAIL)
    return desk


class TestConfirmation:
    def test_nothing_goes_to_a_channel_whose_code_did_not_come_back(self, desk: Desk) -> None:
        code = desk.records.confirmations.begin(PERSON, "email", EMAIL).code
        desk.tell(1)
        assert desk.send() == []
        wrong = f"{(int(code) + 1) % 10**8:08}"
        assert not desk.records.confirmations.finish(PERSON, "email", EMAIL, wrong)
        assert not desk.records.confirmations.finish("another", "email", EMAIL, code)
        assert desk.records.confirmations.finish(PERSON, "email", EMAIL, code)
        desk.tell(2, "SPY is back")
        assert desk.send() == ["SPY is back"]

    def test_a_code_is_over_after_five_wrong_ones_and_after_an_hour(self, desk: Desk) -> None:
        confirmations = desk.records.confirmations
        code = confirmations.begin(PERSON, "email", EMAIL).code
        for _ in range(5):
            assert not confirmations.finish(PERSON, "email", EMAIL, "x")
        assert not confirmations.finish(PERSON, "email", EMAIL, code)
        desk.clock.pass_by(61)
        code = confirmations.begin(PERSON, "email", EMAIL).code
        desk.clock.pass_by(3601)
        assert not confirmations.finish(PERSON, "email", EMAIL, code)

    def test_nobody_s_inbox_is_filled_with_codes(self, desk: Desk) -> None:
        confirmations = desk.records.confirmations
        confirmations.begin(PERSON, "email", EMAIL)
        desk.records.subscriptions.remove_channel(PERSON, "email", EMAIL)
        with pytest.raises(BadInput, match="a moment ago"):
            confirmations.begin(PERSON, "email", EMAIL)

    def test_one_person_has_three_an_hour_sent_to_an_address(self, desk: Desk) -> None:
        confirmations = desk.records.confirmations
        for _ in range(3):
            confirmations.begin(PERSON, "email", EMAIL)
            desk.clock.pass_by(61)
        with pytest.raises(BadInput, match="Enough codes"):
            confirmations.begin(PERSON, "email", EMAIL)
        desk.clock.pass_by(3600)
        confirmations.begin(PERSON, "email", EMAIL)

    def test_one_that_is_refused_leaves_the_last_code_good(self, desk: Desk) -> None:
        confirmations = desk.records.confirmations
        for _ in range(3):
            sent = confirmations.begin(PERSON, "email", EMAIL)
            desk.clock.pass_by(61)
        with pytest.raises(BadInput, match="Enough codes"):
            confirmations.begin(PERSON, "email", EMAIL)
        assert confirmations.look_at_link(sent.token) is not None
        assert confirmations.finish(PERSON, "email", EMAIL, sent.code)

    @pytest.mark.parametrize(("kind", "target"), [("email", EMAIL), ("webhook", HOOK)])
    def test_what_few_ask_for_shuts_nobody_out(
        self, desk: Desk, kind: ChannelKind, target: str
    ) -> None:
        """Yet not any number of people has codes sent to one address."""
        confirmations = desk.records.confirmations
        for number in range(3):
            confirmations.begin(f"stranger {number}", kind, target)
        code = confirmations.begin(PERSON, kind, target).code
        assert confirmations.finish(PERSON, kind, target, code)
        for number in range(4, 12):
            confirmations.begin(f"stranger {number}", kind, target)
        with pytest.raises(BadInput, match="Enough codes"):
            confirmations.begin("one more", kind, target)

    def test_what_could_not_be_sent_counts_for_nothing(self, desk: Desk) -> None:
        confirmations = desk.records.confirmations
        for _ in range(4):
            token = confirmations.begin(PERSON, "email", EMAIL).token
            confirmations.withdraw(PERSON, "email", EMAIL)
            assert confirmations.look_at_link(token) is None


class TestTheLink:
    """Of a mail; what it does on a page, see ``accounts/test_channel_links.py``."""

    def test_goes_by_mail_alone(self, desk: Desk) -> None:
        assert desk.records.confirmations.begin(PERSON, "webhook", HOOK).token == ""

    def test_is_over_with_its_code(self, desk: Desk) -> None:
        confirmations = desk.records.confirmations

        def begun() -> SentCode:
            desk.clock.pass_by(3601)
            return confirmations.begin(PERSON, "email", EMAIL)

        sent = begun()
        assert confirmations.look_at_link(sent.token) == Bearer(EMAIL, PERSON)
        desk.clock.pass_by(3601)
        assert confirmations.look_at_link(sent.token) is None
        assert confirmations.finish_by_link(sent.token) is None
        sent = begun()
        for _ in range(5):
            confirmations.finish(PERSON, "email", EMAIL, "x")
        assert confirmations.finish_by_link(sent.token) is None
        sent = begun()
        desk.records.subscriptions.remove_channel(PERSON, "email", EMAIL)
        assert confirmations.finish_by_link(sent.token) is None
        sent = begun()
        assert confirmations.finish(PERSON, "email", EMAIL, sent.code)
        assert confirmations.look_at_link(sent.token) is None

    def test_of_two_the_later_one_confirms(self, desk: Desk) -> None:
        confirmations = desk.records.confirmations
        first = confirmations.begin(PERSON, "email", EMAIL)
        desk.clock.pass_by(61)
        second = confirmations.begin(PERSON, "email", EMAIL)
        assert confirmations.finish_by_link(first.token) is None
        assert confirmations.finish_by_link(second.token) == Bearer(EMAIL, PERSON)

    def test_confirms_the_channel_of_who_added_it(self, desk: Desk) -> None:
        confirmations = desk.records.confirmations
        other = confirmations.begin("person-bob", "email", EMAIL)
        sent = confirmations.begin(PERSON, "email", EMAIL)
        assert confirmations.finish_by_link(sent.token) == Bearer(EMAIL, PERSON)
        confirmed = {
            one: desk.records.subscriptions.channels(one)[0].is_confirmed
            for one in (PERSON, "person-bob")
        }
        assert confirmed == {PERSON: True, "person-bob": False}
        assert confirmations.look_at_link(other.token) is not None


class TestQuietHours:
    @pytest.mark.parametrize(
        ("now", "end"),
        [
            ("2025-01-27T21:59+01:00", None),
            ("2025-01-27T22:00+01:00", "2025-01-28T07:00+01:00"),
            ("2025-01-28T06:59+01:00", "2025-01-28T07:00+01:00"),
            ("2025-01-28T07:00+01:00", None),
            # the clock in Berlin goes from 02:00 to 03:00 in this night
            ("2025-03-29T23:00+01:00", "2025-03-30T07:00+02:00"),
        ],
    )
    def test_they_go_over_midnight_by_the_clock_of_their_place(
        self, now: str, end: str | None
    ) -> None:
        quiet = quiet_of(parse_preferences({"zone": "Europe/Berlin", "quiet": ["22:00", "07:00"]}))
        assert isinstance(quiet, QuietHours)
        wanted = None if end is None else dt.datetime.fromisoformat(end)
        assert quiet.end_after(dt.datetime.fromisoformat(now)) == wanted

    @pytest.mark.parametrize(
        "raw",
        [
            {},
            {"zone": "Mars/Olympus"},
            {"zone": "../../etc/passwd"},
            {"zone": "UTC", "quiet": ["22:00"]},
            {"zone": "UTC", "quiet": ["22:00", "24:00"]},
            {"zone": "UTC", "quiet": ["22:00", "22:00"]},
            {"zone": "UTC", "quiet": "22:00"},
        ],
    )
    def test_what_is_none_is_refused(self, raw: dict[str, Any]) -> None:
        with pytest.raises(BadInput):
            parse_preferences(raw)

    def test_messages_wait_until_they_end_and_the_inbox_does_not(self, ready: Desk) -> None:
        # it is 10:02 in New York
        quiet = {"zone": "America/New_York", "quiet": ["09:00", "11:00"]}
        ready.records.documents.write(PERSON, PREFERENCES, quiet, 0)
        ready.tell(1, "SPY is under its 50-DMA")
        assert ready.send() == []
        assert len(ready.records.notices.latest(PERSON)) == 1
        ready.clock.now = dt.datetime(2025, 1, 27, 15, 59, 59, tzinfo=dt.UTC)
        assert ready.send() == []
        ready.clock.pass_by(1)
        assert ready.send() == ["SPY is under its 50-DMA"]


class TestPause:
    def test_five_in_a_row_that_do_not_arrive_pause_a_channel(self, ready: Desk) -> None:
        ready.courier.refuses = True
        for number in range(5):
            assert ready.records.subscriptions.channels(PERSON)[0].paused_at is None
            ready.clock.pass_by(1)
            ready.tell(number)
            ready.send()
        assert ready.records.subscriptions.channels(PERSON)[0].paused_at == ready.clock.now
        ready.courier.refuses = False
        ready.tell(6)
        ready.clock.pass_by(120)
        assert ready.send() == []
        assert ready.records.confirmations.resume(PERSON, "email", EMAIL)
        ready.tell(7, "SPY is back")
        assert ready.send() == ["SPY is back"]

    def test_one_that_arrives_begins_the_count_anew(self, ready: Desk) -> None:
        for number in range(12):
            ready.courier.refuses = number % 5 != 4
            ready.clock.pass_by(61)
            ready.tell(number)
            ready.send()
        assert ready.records.subscriptions.channels(PERSON)[0].paused_at is None


class TestStorm:
    def test_more_than_five_at_once_are_one_message(self, ready: Desk) -> None:
        ann = {"id": PERSON, "name": "Ann", "role": "staff", "created_at": NOW}
        ready.records.database.insert_if_absent(people, ann)
        for number in range(30):
            rule = parse_rule(LOSES | {"symbol": f"S{number:02}"})
            ready.records.subscriptions.add_rule(PERSON, rule)
        for number in range(12):
            ready.tell(number)
        ready.tell(12, "the sentiment index is under 20 at 10:02 (provisional)")
        assert ready.send() == ["12 of your 30 symbols lost their 50-DMA, and 1 other alert"]
        assert "S11 is under its 50-DMA" in ready.courier.sent[0].text
        assert ready.records.outbox.waiting() == 0
        assert len(ready.records.notices.latest(PERSON)) == 13

    def test_of_a_trickle_five_go_alone_and_the_rest_together_a_minute_later(
        self, ready: Desk
    ) -> None:
        arrived = []
        for number in range(9):
            ready.tell(number, f"Alert {number}")
            arrived += ready.send()
            ready.clock.pass_by(2)
        assert arrived == [f"Alert {number}" for number in range(5)]
        ready.clock.now = NOW + dt.timedelta(seconds=59)
        assert ready.send() == []
        ready.clock.pass_by(2)
        (rest,) = ready.send()
        assert rest == "4 alerts"
        assert ready.courier.sent[-1].text == "Alert 5\nAlert 6\nAlert 7\nAlert 8"

    def test_each_person_and_channel_has_a_minute_of_their_own(self, ready: Desk) -> None:
        ready.records.subscriptions.add_channel(LOCAL, "email", EMAIL)
        for number in range(4):
            ready.tell(number, f"Ann {number}")
            ready.tell(number, f"Local {number}", LOCAL)
        assert len(ready.send()) == 8

    def test_a_batch_whose_process_died_is_the_same_batch_again(self, ready: Desk) -> None:
        for number in range(7):
            ready.tell(number)
        lease = dt.timedelta(seconds=120)
        died = ready.records.outbox.claim("email", ready.clock(), lease)
        ready.tell(7, "One more")
        ready.clock.pass_by(121)
        claimed = [ready.records.outbox.claim("email", ready.clock(), lease) for _ in range(2)]
        assert died is not None
        (again,) = [due for due in claimed if due is not None and due.batch]
        assert died.notice.message == again.notice.message
        assert (died.attempts, again.attempts) == (1, 2)


class TestSlowReceivers:
    def test_one_holds_up_nobody_else_s_messages(self, ready: Desk) -> None:
        """Nor takes more than one of the threads, however much waits for it."""
        slow, let_go = threading.Event(), threading.Event()
        under_way: list[str] = []
        sent: list[str] = []

        class Courier:
            def send(self, due: DueDelivery) -> None:
                if due.notice.subscriber == PERSON:
                    under_way.append(due.notice.message.title)
                    slow.set()
                    assert let_go.wait(30)
                sent.append(due.notice.message.title)

        others = [f"person-{number}" for number in range(12)]
        for number in range(4):
            ready.tell(number, f"Ann {number}")
        for number, person in enumerate(others):
            ready.records.subscriptions.add_channel(person, "email", f"{person}@example.org")
            ready.tell(number, person, person)
        sender = Sender(ready.records, {"email": Courier()}, ready.clock, look_seconds=0.01)
        sender.start()
        try:
            until(lambda: slow.is_set() and len(sent) == len(others), "all others' messages")
            assert sorted(sent) == sorted(others)
            assert len(under_way) == 1
            let_go.set()
            until(lambda: ready.records.outbox.waiting() == 0, "the slow one's")
        finally:
            let_go.set()
            sender.stop()
        assert len(sent) == len(others) + 4


class TestLooking:
    """Which channels have something due is read once for the threads of all of them."""

    def test_a_channel_is_named_while_something_is_due_for_it(self, ready: Desk) -> None:
        due = ready.records.outbox.channels_due
        assert due(ready.clock()) == frozenset()
        ready.tell(1)
        assert due(ready.clock()) == {"email"}
        ready.records.subscriptions.add_channel(PERSON, "webhook", HOOK)
        assert due(ready.clock()) == {
            "email"
        }  # what was told before it was there is not sent there
        ready.tell(2)
        assert due(ready.clock()) == {"email", "webhook"}
        ready.send()
        assert due(ready.clock()) == {"webhook"}

    def test_what_is_claimed_is_not_due_until_its_lease_ends(self, ready: Desk) -> None:
        outbox, minute = ready.records.outbox, dt.timedelta(minutes=1)
        ready.tell(1)
        assert outbox.claim("email", ready.clock(), minute) is not None
        assert outbox.channels_due(ready.clock()) == frozenset()
        ready.clock.pass_by(61)
        assert outbox.channels_due(ready.clock()) == {"email"}

    def test_threads_of_many_channels_read_the_store_once_a_look(
        self, ready: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reads = 0
        outbox = ready.records.outbox
        look = outbox.channels_due

        def counted(now: dt.datetime) -> frozenset[ChannelKind]:
            nonlocal reads
            reads += 1
            return look(now)

        monkeypatch.setattr(outbox, "channels_due", counted)
        kinds: tuple[ChannelKind, ...] = ("email", "webhook", "telegram", "discord", "ntfy")
        ways = {kind: Courier() for kind in kinds}
        sender = Sender(ready.records, ways, ready.clock, look_seconds=3600.0)
        for kind in ways:
            assert not sender._begin([kind], threading.BoundedSemaphore(1))
        assert reads == 1

    def test_what_is_told_later_is_sent_by_a_sender_at_work(self, ready: Desk) -> None:
        ready.records.subscriptions.add_channel(PERSON, "webhook", HOOK)
        hook = Courier()
        ways: dict[ChannelKind, Courier] = {"email": ready.courier, "webhook": hook}
        sender = Sender(ready.records, ways, ready.clock, look_seconds=0.01)
        sender.start()
        try:
            for number in (1, 2, 3):
                ready.tell(number)
                for courier in (ready.courier, hook):
                    until(lambda: len(courier.sent) == number, "its message")  # noqa: B023
        finally:
            sender.stop()
