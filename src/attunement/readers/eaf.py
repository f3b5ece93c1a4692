"""ELAN annotations: every tier of every participant, with the tiers that hang on them as labels."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from attunement.core.counted import counted
from attunement.core.record import Record
from attunement.readers.assemble import Assembly, clean_name
from attunement.readers.base import ReadOptions
from attunement.readers.coded import CODED_LABELS, Event, coded_label, say_events
from attunement.readers.eaf_names import are_marks, holding_of, words_a_line
from attunement.readers.inputs import Input, Sample
from attunement.readers.json_input import broken_characters
from attunement.readers.xml_input import local_name, mend_xml, parse_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["EafReader"]

_ROOT = re.compile(r"<(?:\w+:)?ANNOTATION_DOCUMENT\b")


@dataclass(slots=True)
class _Annotation:
    id: str
    value: str
    start: float | None
    end: float | None
    place: float
    parent: str | None = None
    children: dict[str, list[_Annotation]] = field(default_factory=dict[str, "list[_Annotation]"])


@dataclass(slots=True)
class _Tier:
    id: str
    participant: str
    parent: str | None
    kind: str
    is_coded: bool
    annotations: list[_Annotation]


class EafReader:
    """Read .eaf: one record a file, a message an annotation, in the order of time."""

    name = "eaf"
    title = "ELAN annotations"
    endings = (".eaf",)
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for ELAN's root element."""
        return 0.98 if _ROOT.search(sample.text[:4000]) else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every tier; the speaker is the tier's participant, else what its name says.

        Raises
        ------
        InputError
            If it is not sound XML, or declares entities.
        """
        data, count, line = mend_xml(source.data)
        root = parse_xml(data, name=source.name)
        assembly = Assembly(source.name)
        if count:
            assembly.problem("broken character", broken_characters(count, "the first on this line"), line=line)
        slots = _slots(root)
        vocabulary = _vocabulary(root)
        tiers = {tier.id: tier for tier in _tiers(root, slots, vocabulary, assembly)}
        _hang(tiers, assembly)
        _hang_codes(tiers, assembly)
        spoken = _spoken_tiers(tiers, assembly)
        by_id = {annotation.id: annotation for tier in tiers.values() for annotation in tier.annotations}
        events = [event for tier in spoken for event in _events(tier, tiers, by_id, assembly)]
        say_events(events, assembly)
        assembly.note_speakers(unit="annotation", hint="Give the tiers participants in ELAN.")
        return [assembly.record(source.stem, format=self.name, meta=_meta(root, tiers, spoken))]


def _slots(root: Element) -> dict[str, tuple[float | None, float]]:
    """Read the time slots: seconds where they have a time, and a place to sort by where they have none."""
    slots: dict[str, tuple[float | None, float]] = {}
    last = 0.0
    for element in root.iter():
        if local_name(element) != "TIME_SLOT":
            continue
        value = element.get("TIME_VALUE", "")
        seconds = int(value) / 1000 if value.removeprefix("-").isdecimal() and len(value) < 16 else None
        last = last if seconds is None else seconds
        slots[element.get("TIME_SLOT_ID", "")] = (seconds, last)
    return slots


def _vocabulary(root: Element) -> dict[str, str]:
    """Read the entries of controlled vocabularies, in the first language that has a value."""
    entries: dict[str, str] = {}
    for element in root.iter():
        if local_name(element) == "CV_ENTRY_ML":
            values = [(child.text or "").strip() for child in element if local_name(child) == "CVE_VALUE"]
            entries[element.get("CVE_ID", "")] = next((value for value in values if value), "")
    return entries


def _tiers(
    root: Element,
    slots: Mapping[str, tuple[float | None, float]],
    vocabulary: Mapping[str, str],
    assembly: Assembly,
) -> Iterator[_Tier]:
    coded = {
        element.get("LINGUISTIC_TYPE_ID")
        for element in root.iter()
        if local_name(element) == "LINGUISTIC_TYPE" and element.get("CONTROLLED_VOCABULARY_REF")
    }
    for element in root:
        if local_name(element) != "TIER":
            continue
        name = element.get("TIER_ID", "")
        annotations: list[_Annotation] = []
        for item in element.iter():
            kind = local_name(item)
            if kind not in ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION"):
                continue
            value = next((child.text or "" for child in item if local_name(child) == "ANNOTATION_VALUE"), "").strip()
            value = value or vocabulary.get(item.get("CVE_REF", ""), "")
            unknown: tuple[float | None, float] = (None, 0.0)
            first, last = (
                slots.get(item.get("TIME_SLOT_REF1", ""), unknown),
                slots.get(item.get("TIME_SLOT_REF2", ""), unknown),
            )
            parent = item.get("ANNOTATION_REF") if kind == "REF_ANNOTATION" else None
            annotations.append(_Annotation(item.get("ANNOTATION_ID", ""), value, first[0], last[0], first[1], parent))
        if not name:
            assembly.problem("nameless tier", "A tier has no name.")
        participant = clean_name(element.get("PARTICIPANT", ""))
        kind = element.get("LINGUISTIC_TYPE_REF", "")
        yield _Tier(name, participant, element.get("PARENT_REF"), kind, kind in coded, annotations)


def _hang(tiers: Mapping[str, _Tier], assembly: Assembly) -> None:
    """Hang the annotations of child tiers on those of their parents: by reference, or by lying inside."""
    by_id = {annotation.id: annotation for tier in tiers.values() for annotation in tier.annotations}
    lost = 0
    for tier in tiers.values():
        parent_tier = tiers.get(tier.parent or "")
        if tier.parent is None:
            continue
        if parent_tier is None:
            assembly.problem(
                "lost parent", "A tier hangs on one that is not there; it was read on its own.", remark=True
            )
            tier.parent = None
            continue
        hosts = sorted(parent_tier.annotations, key=lambda annotation: annotation.place)
        places = [host.place for host in hosts]
        for annotation in tier.annotations:
            if annotation.parent is not None:
                host = by_id.get(annotation.parent)
            else:
                at = bisect_right(places, annotation.place) - 1
                host = hosts[at] if at >= 0 else None
            if host is None or host is annotation:
                lost += 1
                continue
            host.children.setdefault(tier.id, []).append(annotation)
            annotation.parent = host.id
            if annotation.start is None and annotation.end is None:
                annotation.start, annotation.end, annotation.place = host.start, host.end, host.place
    if lost:
        assembly.problem("lost annotation", f"{lost:,} annotations hang on one that is not there.")


def _hang_codes(tiers: Mapping[str, _Tier], assembly: Assembly) -> None:
    """Hang tiers of codes that hang on nothing (`stance@Ben`) on the words that they overlap most.

    They are named after the person whose words they are about; one that names nobody is about whoever speaks then.
    Where nobody's words were transcribed the codes are events of their own, and no words.
    """
    free = [tier for tier in tiers.values() if tier.parent is None and _label_of(tier.id) in CODED_LABELS]
    uppers = [tier for tier in tiers.values() if tier.parent is None and tier not in free and not tier.is_coded]
    whose = {tier.id: (_speaker(tier, tiers) or "").casefold() for tier in (*free, *uppers)}
    for tier in free:
        hosts = [upper for upper in uppers if whose[upper.id] == whose[tier.id]]
        is_anybodys = "@" not in tier.id and not tier.participant
        hosts = uppers if is_anybodys else hosts
        if not hosts:
            tier.is_coded = True
            continue
        said = sorted((a for host in hosts for a in host.annotations), key=lambda annotation: annotation.place)
        beside = 0
        for annotation in tier.annotations:
            host = _most_overlapped(annotation, said)
            if host is None:
                beside += bool(annotation.value)
                continue
            host.children.setdefault(tier.id, []).append(annotation)
            annotation.parent = host.id
        tier.parent = hosts[0].id
        if beside:
            assembly.problem(
                "lost annotation",
                f"{counted(beside, 'code')} of tier {tier.id!r} overlap{'s' * (beside == 1)} no words of that person.",
            )


def _most_overlapped(code: _Annotation, said: Sequence[_Annotation]) -> _Annotation | None:
    """Return the words that share most time with a code; a code that lasts no time lies in them."""
    if code.start is None or code.end is None:
        return None
    best, most = None, 0.0
    at = bisect_right(said, code.end, key=lambda annotation: annotation.place)
    for words in said[max(0, at - _LOOKED_AT) : at]:
        if words.start is None or words.end is None:
            continue
        shared = min(code.end, words.end) - max(code.start, words.start)
        if shared > most or (best is None and shared == 0.0 and code.start == code.end):
            best, most = words, shared
    return best


_LOOKED_AT = 64
"""Annotations before the end of a code among which its words are looked for: bounded work on tiers of any length."""


def _root_of(tier: _Tier, tiers: Mapping[str, _Tier]) -> _Tier:
    seen = {tier.id}
    while tier.parent is not None and tier.parent in tiers and tier.parent not in seen:
        seen.add(tier.parent)
        tier = tiers[tier.parent]
    return tier


def _spoken_tiers(tiers: Mapping[str, _Tier], assembly: Assembly) -> list[_Tier]:
    """Choose which tier of each tree gives the messages: its root, unless that holds only marks for a child's words.

    Transcribers often number the utterances on the root and write the words on a tier that hangs on it. The number of
    utterances that have words on other tiers only is told.
    """
    chosen: list[_Tier] = []
    for tier in tiers.values():
        if tier.parent is not None and _root_of(tier, tiers) is not tier:
            continue
        values = [annotation.value for annotation in tier.annotations]
        found = None
        if not any(values) or (not tier.is_coded and (are_marks(values) or _is_one_word(values))):
            found = _transcription(tier, tiers.values(), is_sure=are_marks(values))
        if found is not None:
            _tell_unsaid(tier, found, assembly)
        chosen.append(found or tier)
    return chosen


def _is_one_word(values: Sequence[str]) -> bool:
    """Say whether a tier repeats one word, as those do that mark each utterance with "x" or the speaker's name."""
    return len(values) > 1 and len(set(values)) == 1 and len(values[0].split()) == 1


def _transcription(top: _Tier, tiers: Iterable[_Tier], *, is_sure: bool) -> _Tier | None:
    """Find the tier with the words of what a root only marks: by its name, else the one with most words a line.

    A translation is taken where nothing else is there, a comment or a gloss never; where the root may be words after
    all, only a tier that is named for what was said.
    """
    ranked: list[tuple[int, float, _Tier]] = []
    for tier in tiers:
        values = [annotation.value for annotation in tier.annotations if annotation.value]
        hosts = [annotation.parent for annotation in tier.annotations]
        if tier.parent != top.id or tier.is_coded or not values or are_marks(values) or len(hosts) != len(set(hosts)):
            continue
        holding = holding_of(tier.id, tier.kind)
        words = words_a_line(values)
        is_whole = len(values) >= 0.5 * len(top.annotations) and words > 1.2
        if holding == "words" or (is_sure and is_whole and holding != "aside"):
            ranked.append((_RANKS[holding], words, tier))
    return max(ranked, key=lambda item: item[:2], default=(0, 0.0, None))[2]


_RANKS = {"words": 3, "unknown": 2, "translation": 1, "aside": 0}


def _tell_unsaid(top: _Tier, spoken: _Tier, assembly: Assembly) -> None:
    said = {annotation.parent for annotation in spoken.annotations if annotation.value}
    unsaid = sum(
        annotation.id not in said and any(map(any, _hanging(annotation).values())) for annotation in top.annotations
    )
    if unsaid:
        assembly.problem(
            "words elsewhere",
            f"{counted(unsaid, 'annotation')} of tier {top.id!r} {'has' if unsaid == 1 else 'have'} no words on tier "
            f"{spoken.id!r}, from which its messages were read, and something on other tiers.",
        )


def _speaker(tier: _Tier, tiers: Mapping[str, _Tier]) -> str | None:
    """Say whose tier it is: its participant, its root's, what follows @ in its name, its name.

    A participant of several upper tiers stands for several people ("MULTI") where what hangs on these is named after
    each of them ("vcm@FA1").
    """
    root = _root_of(tier, tiers)
    named = tier.participant or root.participant
    if named:
        uppers = [other for other in tiers.values() if other.parent is None and other.participant == named]
        is_persons_own = any(other.id.endswith(f"@{root.id}") for other in tiers.values())
        if len(uppers) < 2 or not is_persons_own:
            return named
    return clean_name(root.id.rpartition("@")[2] if "@" in root.id else root.id) or None


def _label_of(tier: str) -> str:
    """Name the label of a tier that hangs on another: a tier of codes is told whose it is, its label is the family."""
    family = coded_label(tier.partition("@")[0])
    return family if family in CODED_LABELS else tier


def _events(
    tier: _Tier, tiers: Mapping[str, _Tier], by_id: Mapping[str, _Annotation], assembly: Assembly
) -> Iterator[Event]:
    speaker = _speaker(tier, tiers)
    empty = timeless = 0
    for annotation in tier.annotations:
        if not annotation.value and not any(map(any, _hanging(annotation).values())):
            empty += 1
            continue
        # A stretch without words that has codes hanging on it is an event: a vocalisation, most often.
        labels: dict[str, Any] = {}
        if tier.is_coded and annotation.value:
            labels["code"] = annotation.value
            if (label := _label_of(tier.id)) in CODED_LABELS:
                labels[label] = annotation.value
        if tier.id != speaker:
            labels["tier"] = tier.id
        host = by_id.get(annotation.parent or "") if tier.parent is not None else None
        if host is not None:
            labels[tier.parent or ""] = host.value
        for name, values in _hanging(host or annotation).items():
            if name != tier.id:
                labels.setdefault(_label_of(name), values[0] if len(values) == 1 else values)
        timeless += annotation.start is None
        yield Event(
            start=annotation.start,
            end=annotation.end,
            speaker=speaker,
            text=annotation.value,
            is_code=tier.is_coded,
            labels=labels,
            id=annotation.id or None,
        )
    if timeless:
        assembly.problem("missing time", f"{timeless:,} annotations of tier {tier.id!r} have no time of their own.")
    if empty:
        assembly.problem("empty annotation", f"{empty:,} annotations of tier {tier.id!r} hold nothing.", remark=True)


def _hanging(top: _Annotation) -> dict[str, list[str]]:
    """Gather everything that hangs on an annotation, however deep, by tier."""
    found: dict[str, list[str]] = {}
    seen = {id(top)}
    waiting = [top]
    while waiting:
        for name, children in waiting.pop(0).children.items():
            for child in children:
                if id(child) not in seen:
                    seen.add(id(child))
                    found.setdefault(name, []).append(child.value)
                    waiting.append(child)
    return found


def _meta(root: Element, tiers: Mapping[str, _Tier], spoken: Sequence[_Tier]) -> dict[str, Any]:
    media = [
        (element.get("MEDIA_URL") or "").replace("\\", "/").rpartition("/")[2]
        for element in root.iter()
        if local_name(element) == "MEDIA_DESCRIPTOR"
    ]
    meta: dict[str, Any] = {"tiers": [tier.id for tier in spoken]}
    hanging = [tier.id for tier in tiers.values() if tier not in spoken]
    if hanging:
        meta["tiers_as_labels"] = hanging
    if any(media):
        meta["media"] = [name for name in media if name]
    return meta
