"""Messenger's message files (`message_1.json`, ...) from "Download your information"."""

from __future__ import annotations

from collections.abc import Sequence

from attunement.core.record import Record
from attunement.readers.base import ReadOptions
from attunement.readers.inputs import Input, Sample
from attunement.readers.meta_export import SHARD, read_export

__all__ = ["MessengerReader"]


class MessengerReader:
    """Reads one message file or a whole export: one record a thread, its shards joined, oldest first.

    Times are UTC, as the export gives no others. Doubled encoding is undone where the way back works.
    """

    name = "messenger"
    title = "Facebook Messenger"
    endings = (".json", ".zip")
    reads_bundle = True
    reads_file = True

    def sniff(self, sample: Sample) -> float:
        """Look for senders and times in milliseconds; in a bundle, for threads of message files."""
        if sample.members:
            return 0.85 if any(SHARD.search(name) for name in sample.members) else 0.0
        text = sample.text
        if not text.lstrip().startswith(("{", "[")):
            return 0.0
        if '"sender_name"' in text and '"timestamp_ms"' in text:
            return 0.85
        return 0.8 if '"senderName"' in text and '"isUnsent"' in text and '"participants"' in text else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every thread.

        Raises
        ------
        InputError
            If a file is no JSON or breaks off.
        """
        return read_export(source, format=self.name, nameless="Facebook User")
