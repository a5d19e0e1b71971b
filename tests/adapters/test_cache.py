import logging
import threading
import time

import pytest

from studiolab.adapters import cache
from studiolab.adapters.errors import StudiolabError


@pytest.fixture(params=["in process", "Redis"])
def kept(request):
    if request.param == "in process":
        return cache.InProcess()
    return cache.Redis(request.getfixturevalue("redis_server").url)


def test_what_was_put_is_got_byte_for_byte_and_nothing_else_is(kept):
    answer = bytes(range(256)) * 3 + "größer".encode()
    kept.put("basel", "a", answer)
    assert kept.get("basel", "a") == answer
    assert kept.get("basel", "b") is None
    kept.put("basel", "a", b"")
    assert kept.get("basel", "a") == b""


@pytest.mark.parametrize("studio_id", ["basel", "*", "a:b", "o'brien \n \x00 {x}", "日本", "of:basel"])
def test_a_studio_is_forgotten_alone_whatever_it_is_called(kept, studio_id):
    others = ["bern", "baselland", "base", "of:of:basel"]
    for studio in (studio_id, *others):
        for key in ("a", "b"):
            kept.put(studio, f"{key} of {studio}", studio.encode())
    kept.forget(studio_id)
    assert [kept.get(studio_id, f"{key} of {studio_id}") for key in ("a", "b")] == [None, None]
    assert all(kept.get(studio, f"a of {studio}") == studio.encode() for studio in others)
    kept.forget("nobody")


def test_threads_that_put_get_and_forget_at_once_see_whole_answers(kept):
    wrong = []

    def work(number):
        for turn in range(100):
            key, answer = f"{turn % 7}", f"{turn % 7}".encode() * 500
            kept.put("basel", key, answer)
            if kept.get("basel", key) not in (answer, None):
                wrong.append((number, turn))
            if turn % 10 == number:
                kept.forget("basel")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    kept.forget("basel")
    assert [kept.get("basel", str(key)) for key in range(7)] == [None] * 7


# in process ---------------------------------------------------------------------------------------
def test_an_answer_is_kept_an_hour_and_not_longer():
    now = [0.0]
    kept = cache.InProcess(clock=lambda: now[0])
    kept.put("basel", "a", b"1")
    now[0] = 3600.0
    assert kept.get("basel", "a") == b"1"
    now[0] = 3600.1
    assert kept.get("basel", "a") is None
    assert (kept.entries(), kept._of, kept._size) == (0, {}, 0)


def test_the_answers_asked_for_longest_ago_make_room():
    kept = cache.InProcess(most_bytes=30)
    for key in "abc":
        kept.put("basel", key, b"0123456789")
    kept.get("basel", "a")
    kept.put("bern", "d", b"0123456789")
    assert [key for key in "abcd" if kept.get("basel", key)] == ["a", "c", "d"]
    kept.put("bern", "e", b"x" * 31)
    assert kept.entries() == 0


# Redis --------------------------------------------------------------------------------------------
def test_redis_keeps_an_answer_an_hour_and_knows_each_studios_by_an_index(redis_server):
    kept, line = cache.Redis(redis_server.url), redis_server.line
    kept.put("basel", "a", b"1")
    kept.put("basel", "b", b"2")
    assert len(line.keys()) == 3
    assert all(3590 < line.ttl(key) <= 3600 for key in line.scan_iter())
    assert line.zcard("studiolab:answers:of:basel") == 2
    line.config_resetstat()
    kept.forget("basel")
    assert line.keys() == []
    asked = {name.removeprefix("cmdstat_") for name in line.info("commandstats")}
    assert not asked & {"scan", "flushdb", "flushall"}


def test_the_index_of_a_studio_loses_what_ended_so_it_does_not_grow_for_ever(redis_server, monkeypatch):
    kept = cache.Redis(redis_server.url)
    monkeypatch.setattr(cache, "SECONDS", 1)
    for number in range(50):
        kept.put("basel", str(number), b"1")
    time.sleep(1.1)
    kept.put("basel", "last", b"1")
    assert redis_server.line.zcard("studiolab:answers:of:basel") == 1


def test_thousands_of_answers_are_forgotten_at_once(redis_server):
    kept = cache.Redis(redis_server.url)
    for number in range(2500):
        kept.put("basel", str(number), b"1")
    kept.forget("basel")
    assert redis_server.line.keys() == []


@pytest.mark.parametrize("change", ["cut", "another byte", "another answer", "empty", "another kind"])
def test_an_entry_that_was_spoilt_is_a_miss(redis_server, change):
    kept, line = cache.Redis(redis_server.url), redis_server.line
    kept.put("basel", "a", b"one answer")
    kept.put("basel", "b", b"two answers")
    name, other = "studiolab:answers:a:basel", line.get("studiolab:answers:b:basel")
    whole = line.get(name)
    if change == "another kind":
        line.delete(name)
        line.lpush(name, b"x")
    else:
        line.set(name, {"cut": whole[:-1], "another byte": whole[:-1] + b"?", "another answer": other,
                        "empty": b""}[change])  # fmt: skip
    assert kept.get("basel", "a") is None
    if change != "another kind":
        assert kept.get("basel", "b") == b"two answers"


def test_two_programs_see_what_the_other_puts_and_forgets(redis_server):
    one, other = cache.Redis(redis_server.url), cache.Redis(redis_server.url)
    one.put("basel", "a", b"1")
    assert other.get("basel", "a") == b"1"
    other.forget("basel")
    assert one.get("basel", "a") is None


def test_a_server_that_dies_is_told_of_once_left_alone_and_used_again(redis_server, monkeypatch, caplog):
    kept = cache.Redis(redis_server.url)
    kept.put("basel", "a", b"1")
    redis_server.kill()
    with caplog.at_level(logging.WARNING):
        for _ in range(50):
            assert kept.get("basel", "a") is None
            kept.put("basel", "a", b"1")
            kept.forget("basel")
    assert len([r for r in caplog.records if "Redis keeps no answers" in r.message]) == 1
    redis_server.start()
    kept.put("basel", "a", b"1")
    assert redis_server.line.keys() == []
    later = time.monotonic() + cache.PAUSE
    monkeypatch.setattr(cache.time, "monotonic", lambda: later)
    kept.put("basel", "a", b"2")
    assert kept.get("basel", "a") == b"2"


def test_a_server_that_does_not_answer_is_waited_for_once(redis_server, caplog):
    kept, asked = cache.Redis(redis_server.url), []
    kept.put("basel", "a", b"1")
    redis_server.pause()
    right = kept._server.get
    kept._server.get = lambda name: asked.append(name) or right(name)
    for _ in range(50):
        assert kept.get("basel", "a") is None
    assert len(asked) == 1
    assert "Redis keeps no answers (Timeout" in caplog.text


def test_an_address_that_is_none_is_refused_in_a_sentence():
    with pytest.raises(StudiolabError, match="REDIS_URL cannot be used: Redis URL must specify one of"):
        cache.Redis("localhost:6379")
