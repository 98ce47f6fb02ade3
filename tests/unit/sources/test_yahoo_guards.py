"""The rate limiter and the circuit breaker, on a clock of the test's own."""

from __future__ import annotations

import threading

import pytest

from analytics.model.vocabulary import SourceFailure
from analytics.sources.guards import CircuitBreaker, RateLimiter


class Clock:
    def __init__(self) -> None:
        self.time = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


class TestRateLimiter:
    def test_a_burst_passes_and_then_a_quarter_second_each(self, clock: Clock) -> None:
        limiter = RateLimiter(4.0, 8, clock, clock.sleep)
        for _ in range(10):
            limiter.acquire()
        assert clock.slept == pytest.approx([0.25, 0.25])

    def test_a_pause_fills_the_bucket_no_further_than_the_burst(self, clock: Clock) -> None:
        limiter = RateLimiter(4.0, 2, clock, clock.sleep)
        clock.time += 1000.0
        for _ in range(3):
            limiter.acquire()
        assert clock.slept == pytest.approx([0.25])

    def test_waiting_callers_get_turns_one_after_the_other(self, clock: Clock) -> None:
        waits: list[float] = []
        limiter = RateLimiter(4.0, 1, clock, waits.append)  # the clock stands still
        for _ in range(4):
            limiter.acquire()
        assert waits == pytest.approx([0.25, 0.5, 0.75])

    def test_a_turn_too_far_ahead_is_refused_and_takes_no_token(self, clock: Clock) -> None:
        waits: list[float] = []
        limiter = RateLimiter(1.0, 1, clock, waits.append)
        limiter.acquire()
        limiter.acquire(max_wait=1.0)
        with pytest.raises(SourceFailure, match="wait for their turn"):
            limiter.acquire(max_wait=1.5)
        limiter.acquire(max_wait=2.0)
        assert waits == pytest.approx([1.0, 2.0])

    def test_threads_share_one_bucket(self, clock: Clock) -> None:
        waits: list[float] = []
        limiter = RateLimiter(1.0, 5, clock, waits.append)
        threads = [threading.Thread(target=limiter.acquire) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(waits) == pytest.approx([1.0, 2.0, 3.0])


def _refused(breaker: CircuitBreaker) -> str:
    with pytest.raises(SourceFailure) as caught, breaker.attempt():
        pass
    return str(caught.value)


class TestRefusalForTooManyRequests:
    def test_the_first_one_opens_it_and_the_sentence_counts_down(self, clock: Clock) -> None:
        breaker = CircuitBreaker("Yahoo", clock)
        assert str(breaker.limited()) == "Yahoo is limiting requests; next try in 60 s."
        clock.time += 20.5
        assert _refused(breaker) == "Yahoo is limiting requests; next try in 40 s."
        with pytest.raises(SourceFailure):
            breaker.check()

    def test_the_cool_down_doubles_to_fifteen_minutes(self, clock: Clock) -> None:
        breaker = CircuitBreaker("Yahoo", clock)
        pauses = []
        for _ in range(6):
            before = clock.time
            breaker.limited()
            while True:
                try:
                    breaker.check()
                except SourceFailure:
                    clock.time += 30.0
                else:
                    break
            pauses.append(clock.time - before)
        assert pauses == [60.0, 120.0, 240.0, 480.0, 900.0, 900.0]

    def test_late_refusals_of_the_same_burst_do_not_double_it(self, clock: Clock) -> None:
        breaker = CircuitBreaker("Yahoo", clock)
        breaker.limited()
        breaker.limited()
        clock.time += 61.0
        with breaker.attempt():
            breaker.succeeded()

    def test_a_late_good_answer_does_not_close_it(self, clock: Clock) -> None:
        breaker = CircuitBreaker("Yahoo", clock)
        breaker.limited()
        breaker.succeeded()
        assert "60 s" in _refused(breaker)


class TestHalfOpen:
    def test_one_caller_tries_while_others_are_refused(self, clock: Clock) -> None:
        breaker = CircuitBreaker("Yahoo", clock)
        breaker.limited()
        clock.time += 60.0
        with breaker.attempt():
            assert _refused(breaker) == "Yahoo is limiting requests; a next try is under way."
            breaker.succeeded()
        with breaker.attempt():
            pass
        assert "60 s" in str(breaker.limited())  # the doubling was set back

    def test_a_try_without_an_answer_leaves_the_place_to_the_next(self, clock: Clock) -> None:
        breaker = CircuitBreaker("Yahoo", clock)
        breaker.limited()
        clock.time += 60.0
        with pytest.raises(RuntimeError), breaker.attempt():
            raise RuntimeError
        with breaker.attempt():
            breaker.succeeded()

    def test_a_failing_try_opens_it_again_at_once(self, clock: Clock) -> None:
        breaker = CircuitBreaker("Yahoo", clock)
        breaker.limited()
        clock.time += 60.0
        with breaker.attempt():
            breaker.failed()
        assert _refused(breaker) == "Yahoo does not answer; next try in 30 s."


class TestFailuresInARow:
    def test_the_third_opens_it_for_thirty_seconds(self, clock: Clock) -> None:
        breaker = CircuitBreaker("Yahoo", clock)
        for _ in range(2):
            breaker.failed()
            breaker.check()
        breaker.failed()
        assert _refused(breaker) == "Yahoo does not answer; next try in 30 s."
        clock.time += 30.0
        with breaker.attempt():
            pass

    def test_refusals_and_failures_count_together(self, clock: Clock) -> None:
        breaker = CircuitBreaker("Yahoo", clock)
        breaker.failed()
        breaker.failed(refused=True)
        breaker.failed(refused=True)
        assert _refused(breaker) == "Yahoo refuses requests; next try in 30 s."

    def test_a_good_answer_between_starts_the_count_again(self, clock: Clock) -> None:
        breaker = CircuitBreaker("Yahoo", clock)
        for _ in range(3):
            for _ in range(2):
                breaker.failed()
            breaker.succeeded()
        breaker.check()
