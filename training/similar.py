"""How near a reply is in meaning to what it answers, by the pretrained encoder as it came.

Fine-tuning on codes unlearns it: by the cosine of its own vectors the pretrained encoder tells a reply that belongs to
a call from one that does not (area under the curve .76 on kept-out scenes of ours), version 4 hardly could be taught to
in a thousand batches (.57). So the network is asked for that cosine beside the codes; nobody has to label it.
"""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import AutoTokenizer, BertModel

from training.corpora import Example
from training.model import has_tiles

__all__ = ["SIMILAR", "Similarity"]

SIMILAR = "similar"
_LENGTH, _BATCH = 96, 64


class Similarity:
    """Labels replies with the cosine, in [-1, 1], of their mean vector and that of the call.

    Parameters
    ----------
    folder : Path
        Of the pretrained encoder.
    """

    def __init__(self, folder: Path) -> None:
        self._pieces = AutoTokenizer.from_pretrained(folder)
        self._encoder = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
        self._known: dict[str, torch.Tensor] = {}

    def label(self, examples: list[Example]) -> None:
        """Write `labels["similar"]` into every example that has a call."""
        asked = [example for example in examples if example.call is not None and SIMILAR not in example.labels]
        self._read([text for example in asked for text in (example.text, str(example.call))])
        for example in asked:
            example.labels[SIMILAR] = float(self._known[example.text] @ self._known[str(example.call)])

    @torch.no_grad()
    def _read(self, texts: list[str]) -> None:
        fresh = sorted({text for text in texts if text not in self._known}, key=lambda text: (len(text), text))
        for begin in range(0, len(fresh), _BATCH):
            part = fresh[begin : begin + _BATCH]
            read = self._pieces(part, padding=True, truncation=True, max_length=_LENGTH, return_tensors="pt")
            with torch.autocast("cpu", torch.bfloat16, enabled=has_tiles()):
                hidden = self._encoder(**read).last_hidden_state.float()
            mask = read["attention_mask"].unsqueeze(2).float()
            means = torch.nn.functional.normalize((hidden * mask).sum(dim=1) / mask.sum(dim=1), dim=1)
            self._known.update(zip(part, means, strict=True))
