"""The chain: whole as written, and no byte of it can change unseen."""

from __future__ import annotations

import sqlite3

import pytest

from kiosk.__main__ import main
from kiosk.clock import SystemClock
from kiosk.store import journal
from kiosk.store.database import open_for_reading
from tests.support.empty_store import open_store

ENTRIES = 20


@pytest.fixture
def written(tmp_path):
    store = open_store(tmp_path / "data", SystemClock())
    for count in range(ENTRIES):
        with store.write() as transaction:
            transaction.record("lane in", "access.granted", {"count": count, "word": "門"})
    store.close()
    return store


def _change(store, statement, *parameters):
    connection = sqlite3.connect(store.path)
    connection.execute(statement, parameters)
    connection.commit()
    connection.close()


def _verdict(store):
    engine = open_for_reading(store.directory)
    with engine.connect() as connection:
        verdict = journal.verify(connection)
    engine.dispose()
    return verdict


def test_the_chain_is_whole_as_written(written):
    assert _verdict(written) == journal.Verdict(ENTRIES, None)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET payload = replace(payload, '門', '闸') WHERE seq = 7",
        "UPDATE journal SET payload = payload || ' ' WHERE seq = 7",
        "UPDATE journal SET at = at + 1 WHERE seq = 7",
        "UPDATE journal SET actor = 'lane out' WHERE seq = 7",
        "UPDATE journal SET type = 'access.refused' WHERE seq = 7",
        "UPDATE journal SET clock = 'synchronised' WHERE seq = 7",
        "UPDATE journal SET hash = zeroblob(32) WHERE seq = 7",
        "UPDATE journal SET previous_hash = zeroblob(32) WHERE seq = 7",
        "UPDATE journal SET payload = CAST(payload AS BLOB) || x'ff' WHERE seq = 7",
        "UPDATE journal SET at = 'yesterday' WHERE seq = 7",
        "DELETE FROM journal WHERE seq = 7",
    ],
)
def test_a_change_is_found_where_it_was_made(written, change):
    _change(written, change)
    assert _verdict(written).bad_seq == 7


def test_a_cut_end_is_found(written):
    _change(written, "DELETE FROM journal WHERE seq > 15")
    assert _verdict(written).bad_seq == 16


def test_a_swapped_pair_is_found(written):
    for old, new in ((5, 1000), (6, 5), (1000, 6)):
        _change(written, "UPDATE journal SET seq = ? WHERE seq = ?", new, old)
    assert _verdict(written).bad_seq == 5


def test_the_command_tells_by_its_exit_status(written, capsys):
    assert main(["verify-journal", "--data", str(written.directory)]) == 0
    _change(written, "UPDATE journal SET actor = 'x' WHERE seq = 3")
    with pytest.raises(SystemExit) as status:
        main(["verify-journal", "--data", str(written.directory)])
    assert status.value.code == 1
    assert capsys.readouterr().out.splitlines()[-1] == "3"


def test_the_command_says_when_there_is_nothing_to_verify(tmp_path, capsys):
    with pytest.raises(SystemExit) as status:
        main(["verify-journal", "--data", str(tmp_path)])
    assert status.value.code == 1
    assert "no database" in capsys.readouterr().err
