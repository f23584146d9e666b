"""A message of the trial's broker is whole, or is none."""

from queue import Empty

import pytest
from kombu import Connection

from core.broker import Transport


@pytest.fixture
def name(tmp_path):
    """Of its own: what a process has declared once it does not declare again."""
    return tmp_path.name


@pytest.fixture
def queue(tmp_path, name):
    folders = {name: str(tmp_path) for name in ("data_folder_in", "data_folder_out")}
    options = {**folders, "control_folder": str(tmp_path / "control"), "store_processed": False}
    broker = Connection("filesystem://", transport=Transport, transport_options=options)
    with broker as connection, connection.SimpleQueue(name) as queue:
        yield queue


def test_what_is_put_is_got(queue, tmp_path):
    queue.put({"flag": "estimates:1"})
    assert not list(tmp_path.glob("*.part"))
    message = queue.get(timeout=2)
    message.ack()
    assert message.payload == {"flag": "estimates:1"}


def test_a_message_that_broke_off_is_passed_over(queue, name, tmp_path):
    (tmp_path / f"1_broken.{name}.msg").write_bytes(b"")
    (tmp_path / f"2_broken.{name}.msg.part").write_bytes(b'{"half')
    queue.put("after")
    assert queue.channel._get(name)["content-type"] == "text/plain"
    with pytest.raises(Empty):
        queue.channel._get(name)
