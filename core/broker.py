"""The trial's broker: kombu's folder of files, in which a message appears whole or not at all.

As it comes, a message is a file from the moment it is opened on; a worker that looks in between
reads nothing, fails to decode it, and ends, and the whole product with it.
"""

import os
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        written = Path(self.data_folder_out, f"{name}.part")
        written.write_bytes(str_to_bytes(dumps(payload)))
        # Renaming is one step: who looks sees the old state or the new one.
        os.replace(written, Path(self.data_folder_out, name))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        while True:
            # What does not decode broke off; what it was about is a row, and swept up.
            with suppress(ValueError):
                return super()._get(queue)

    def get_table(self, exchange: str) -> Any:
        try:
            return super().get_table(exchange)
        except ValueError:
            # It is being written for the first time.
            time.sleep(0.1)
            return super().get_table(exchange)


class Transport(filesystem.Transport):
    Channel = Channel
