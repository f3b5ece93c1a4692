"""The network: a MiniLM encoder, one vector a code by attention over the turn's words, and every head at once."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from transformers import BertConfig, BertModel

from training.heads import HEADS, LEVELS, SPAN_CODES

SEGMENTS = 4
_TURN_WIDTH = 384
# What checkpoints from before there were rationales, or replies of other calls, lack.
_LATER = frozenset(
    {"marks.weight", "marks.bias", "mark_levels", "belongs.weight", "belongs.bias", "similar.weight", "similar.bias"}
)


class Network(nn.Module):
    """Encoder and heads.

    The codes with spans are read by their own attention over the turn's pieces, so that the words which carry a code
    are the words that decided it; everything else is read from means over the turn and over what it answers. The words
    that carry a mechanism of EPITOME are marked piece by piece, by the piece's own vector and by what the heads of the
    levels say of the whole reply.
    """

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        # Run the encoder in bfloat16 (its weights stay float32): see `quicken`.
        self.is_quick = False
        width = encoder.config.hidden_size
        self.turn = nn.Sequential(nn.Linear(2 * width, _TURN_WIDTH), nn.GELU(), nn.Dropout(0.1))
        self.pair = nn.Sequential(nn.Linear(4 * width, _TURN_WIDTH), nn.GELU(), nn.Dropout(0.1))
        self.evidence = nn.Linear(width, len(SPAN_CODES))
        self.code_weight = nn.Parameter(torch.randn(len(SPAN_CODES), width) * 0.02)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(_TURN_WIDTH, len(head.codes)) for name, head in HEADS.items() if name != "verdict"}
        )
        rule_width = sum(len(HEADS[name].codes) for name in ("stance", "call_heavy", "call_is"))
        self.heads["verdict"] = nn.Linear(_TURN_WIDTH + rule_width, len(HEADS["verdict"].codes))
        self.dropout = nn.Dropout(0.1)
        # No random number is drawn for these: the stages from before there were marks repeat to the digit.
        self.marks = nn.utils.skip_init(nn.Linear, width, len(LEVELS))
        nn.init.zeros_(self.marks.weight)
        nn.init.zeros_(self.marks.bias)
        # Whether the reply was given to this call at all: asked in training only (`training.swaps`).
        self.belongs = nn.utils.skip_init(nn.Linear, _TURN_WIDTH, 1)
        nn.init.zeros_(self.belongs.weight)
        nn.init.zeros_(self.belongs.bias)
        # How near it is to the call in meaning, by the encoder as it came (`training.similar`): in training only, too.
        self.similar = nn.utils.skip_init(nn.Linear, _TURN_WIDTH, 1)
        nn.init.zeros_(self.similar.weight)
        nn.init.zeros_(self.similar.bias)
        # Nothing is marked where the level is 0: half of its log odds to begin with.
        self.mark_levels = nn.Parameter(torch.tensor([[-0.5, 0.25, 0.25]]).repeat(len(LEVELS), 1))

    def forward(
        self, numbers: torch.Tensor, segments: torch.Tensor, mask: torch.Tensor
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor, torch.Tensor]:
        """Return every head's raw values (batch, codes), the attention (batch, length, span codes), and the marks.

        The marks, (batch, length, mechanisms), are the log odds that a piece carries the mechanism; only those of the
        turn's own pieces mean anything.
        """
        with torch.autocast("cpu", torch.bfloat16, enabled=self.is_quick):
            hidden = self.encoder(input_ids=numbers, token_type_ids=segments, attention_mask=mask).last_hidden_state
        return self.heads_of(hidden.float(), segments, mask)

    def heads_of(
        self, hidden: torch.Tensor, segments: torch.Tensor, mask: torch.Tensor
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor, torch.Tensor]:
        """Read every head off the last layer."""
        is_turn = (mask * (segments == 0)).float()
        is_call = (mask * (segments == 1)).float()
        turn = _mean(hidden, is_turn)
        call = _mean(hidden, is_call)
        start = hidden[:, 0]
        turn_vector = self.turn(torch.cat([turn, start], dim=1))
        pair_vector = self.pair(torch.cat([turn, call, turn * call, start], dim=1))
        scores = self.evidence(hidden) + (1.0 - is_turn).unsqueeze(2) * -1e4
        attention = torch.softmax(scores, dim=1)
        gathered = torch.matmul(attention.transpose(1, 2), hidden)
        by_words = (self.dropout(gathered) * self.code_weight).sum(dim=2)
        out: dict[str, torch.Tensor] = {}
        place = 0
        for name, head in HEADS.items():
            if name == "verdict":
                continue
            value = self.heads[name](pair_vector if head.reads == "pair" else turn_vector)
            if head.spans:
                value = value + by_words[:, place : place + len(head.codes)]
                place += len(head.codes)
            out[name] = value
        out["belongs"] = self.belongs(pair_vector)
        out["similar"] = self.similar(pair_vector)
        known = torch.cat([out["stance"], out["call_heavy"], out["call_is"]], dim=1)
        out["verdict"] = self.heads["verdict"](torch.cat([pair_vector, torch.tanh(known / 4.0)], dim=1))
        # The levels are read here, not taught: what people marked says nothing more about how strong it is.
        levels = torch.stack([out[name] for name in LEVELS], dim=1).detach()
        evidence = (levels * self.mark_levels).sum(dim=2)
        return out, attention, self.marks(hidden) + evidence.unsqueeze(1)


class SharedDropout(nn.Module):
    """Dropout whose mask is shared by all words of a sequence: a fraction of the random numbers, the same effect."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Drop features of each sequence while training."""
        if not self.training or not self.rate:
            return hidden
        kept = torch.rand(hidden.shape[0], 1, hidden.shape[2]) >= self.rate
        return hidden * (kept / (1.0 - self.rate))


def loosen(network: Network, rate: float) -> None:
    """Set dropout inside the encoder: on the word vectors and after both halves of every layer."""
    network.encoder.embeddings.dropout = SharedDropout(rate)
    for layer in network.encoder.encoder.layer:
        layer.attention.output.dropout = SharedDropout(rate)
        layer.output.dropout = SharedDropout(rate)


def has_tiles() -> bool:
    """Say whether the processor multiplies tiles of bfloat16 (AMX)."""
    return bool(torch.cpu.get_capabilities().get("amx_bf16"))


def quicken(network: Network) -> bool:
    """Train the encoder in bfloat16 where the processor multiplies tiles of it (AMX): 2.7 times as fast; say whether.

    Attention is then written out: the fused one's way back takes half the time of a step on a processor.
    """
    network.is_quick = has_tiles()
    if network.is_quick:
        network.encoder.set_attn_implementation("eager")
    return network.is_quick


def _mean(hidden: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    return (hidden * chosen.unsqueeze(2)).sum(dim=1) / chosen.sum(dim=1, keepdim=True).clamp(min=1.0)


def fresh(folder: Path, vocabulary: list[str]) -> Network:
    """Make a network from the pretrained encoder, with the cut vocabulary and four segments."""
    full = [piece for piece in (folder / "vocab.txt").read_text(encoding="utf-8").split("\n") if piece]
    # The library's own dropout costs a third of the time on a processor; `loosen` sets one that costs nothing.
    encoder = BertModel.from_pretrained(
        folder,
        add_pooling_layer=False,
        attn_implementation="sdpa",
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    rows = _rows(full, vocabulary)
    embeddings = encoder.embeddings
    words = nn.Embedding(len(vocabulary), encoder.config.hidden_size, padding_idx=0)
    words.weight.data.copy_(embeddings.word_embeddings.weight.data[rows])
    embeddings.word_embeddings = words
    types = nn.Embedding(SEGMENTS, encoder.config.hidden_size)
    types.weight.data.copy_(embeddings.token_type_embeddings.weight.data[:1].repeat(SEGMENTS, 1))
    types.weight.data[1:] += torch.randn(SEGMENTS - 1, encoder.config.hidden_size) * 0.02
    embeddings.token_type_embeddings = types
    encoder.config.vocab_size = len(vocabulary)
    encoder.config.type_vocab_size = SEGMENTS
    return Network(encoder)


def blank(config: dict[str, object]) -> Network:
    """Make an untrained network of a stored shape, to be filled from a checkpoint."""
    settings = BertConfig(**config)
    settings._attn_implementation = "sdpa"
    return Network(BertModel(settings, add_pooling_layer=False))


def load(path: Path) -> tuple[Network, dict[str, object]]:
    """Load a checkpoint made by `training.train`; one from before there were rationales gets fresh heads for them."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    network = blank(state["config"])
    missing = network.load_state_dict(state["network"], strict=False)
    if missing.unexpected_keys or set(missing.missing_keys) - _LATER:
        raise ValueError(f"{path} does not fit the network: {missing}")
    return network, state


def _rows(full: list[str], kept: list[str]) -> torch.Tensor:
    number = {piece: i for i, piece in enumerate(full)}
    return torch.tensor([number[piece] for piece in kept])
