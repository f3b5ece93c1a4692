"""Instagram's message files (`message_1.json`, ...) from "Download your information"."""

from __future__ import annotations

from collections.abc import Sequence

from attunement.core.record import Record
from attunement.readers.base import ReadOptions
from attunement.readers.inputs import Input, Sample
from attunement.readers.meta_export import SHARD, read_export

__all__ = ["InstagramReader"]


class InstagramReader:
    """Reads one message file or a whole export: one record a thread, its shards joined, oldest first.

    Times are UTC, as the export gives no others. Doubled encoding is undone where the way back works.
    """

    name = "instagram"
    title = "Instagram"
    endings = (".json", ".zip")
    reads_bundle = True
    reads_file = True

    def sniff(self, sample: Sample) -> float:
        """Look for what Messenger has too, and for a sign of Instagram beside it."""
        if sample.members:
            threads = [name for name in sample.members if SHARD.search(name)]
            return 0.9 if any("instagram" in name.lower() for name in threads) else 0.0
        text = sample.text
        if not text.lstrip().startswith(("{", "[")):
            return 0.0
        if '"sender_name"' not in text or '"timestamp_ms"' not in text:
            return 0.0
        return 0.9 if "instagram" in text.lower() else 0.5

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every thread.

        Raises
        ------
        InputError
            If a file is no JSON or breaks off.
        """
        return read_export(source, format=self.name, nameless="Instagram User")
