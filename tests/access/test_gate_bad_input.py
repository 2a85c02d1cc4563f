"""Commands that cannot be read, whoever sent them: refused, and nothing falls over.

Found by fuzzing: the gate passed a command whose unread part was no text, and then failed on it,
which ended ingest's reception; the broker brought the message again at the next start.
"""

from pathlib import Path

import pytest

from access.audit import Audit
from access.gate import Gate, Verdict, judge
from access.seal import CommandKey, seal
from access.users import Users
from telemetry.wire import WireError, decode_command

TOPIC = "cmd/v1/iss/alarm/acknowledge"
KEY = CommandKey.new("console")


@pytest.mark.parametrize(
    "command",
    [
        b'{"id":"1","by":"Ann","x":"\xf5"}',
        b'{"\xf5":0,"id":"1","by":"Ann"}',
        b'{"id":"1","by":"Ann","x":' + b"[" * 100_000,
        b'{"id":"1","by":"Ann","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"id":"1","by":"Ann","x":"\\ud800"}',
        # what the gate cannot read, and whoever does commands passes over
        b'{"id":"1","by":"Ann","alarm":"A","x":"\xf5"}',
        b'{"id":"1","by":"Ann","alarm":"A","x":1e999}',
        b'{"id":"1","by":"Ann","alarm":"A","x":' + b"9" * 5_000 + b"}",
        b"",
        b"\xff",
    ],
)
def test_a_command_that_cannot_be_read_is_refused(tmp_path: Path, command: bytes) -> None:
    users, audit = Users.open(tmp_path), Audit.open(tmp_path)
    try:
        gate = Gate(users, audit, "ingest")
        for payload in (command, seal(KEY, TOPIC, command, 1)):
            assert judge(TOPIC, payload, 1, users.find).verdict is Verdict.UNREADABLE
            admitted = gate.admit(TOPIC, payload, 1)
            assert admitted is not None
            assert payload in admitted  # for whoever looks at dead messages
            with pytest.raises(WireError):
                decode_command(admitted)
        assert gate.refused == 2
    finally:
        users.close()
        audit.close()
