"""Lines that a tool writes into a plain transcript by itself, and nobody says: in seven languages."""

from __future__ import annotations

import re

__all__ = ["find_starter", "is_notice"]

_LAYOUT = "#*_ \t"
_CLOCK = r"\d{1,3}(?::\d{2}){2}"
_MEETING = (
    r"(?:(?:die|das|la|le|el|l['’]|a|o|il|de|het)\s*)?(?:"
    r"besprechung|meeting|videokonferenz|videoanruf|transkription|aufzeichnung|réunion|visioconférence|transcription|"
    r"appel vidéo|reunión|videollamada|transcripción|reunião|videochamada|transcrição|riunione|videochiamata|"
    r"trascrizione|vergadering|videogesprek|transcriptie)"
)
_ENDED = (
    r"beendet|endete|zu ende|terminée?|pris fin|finalizad[ao]|finalizó|terminad[ao]|terminó|terminou|encerrad[ao]|"
    r"encerrou|finalizou|terminat[ao]|conclus[ao]|beëindigd|afgelopen|geëindigd"
)
_THIS = (
    r"(?:diese[sr]?|cette|ce|esta|este|questa|questo|deze|dit)\b.{0,30}\b"
    r"(?:transkript|transkription|transcription|transcripción|transcrição|trascrizione|transcript|transcriptie)\b"
)
_MADE = (
    r"(?:computergeneriert|automatisch|computer|automatiquement|ordinateur|automáticamente|ordenador|computadora|"
    r"computador|automaticamente)\b"
)
_DONE = "generad[ao]|generat[ao]|gerad[ao]|générée?|erstellt|erzeugt|gegenereerd|gemaakt|computergeneriert"
_NOTICE = re.compile(
    r"(?:transcribed by|transcript by|this transcript was (?:generated|exported)"
    r"|this editable transcript was computer generated"
    r"|transkribiert von|transcrit par|transcrito por|trascritto da|getranscribeerd door)\b.{0,120}"
    r"|(?:meeting|transcription|recording) ended after \d{1,3}(?::\d{2}){1,2}\W{0,6}"
    rf"|{_MEETING}\b(?=.{{0,60}}\b(?:{_ENDED})\b)(?=.{{0,60}}{_CLOCK}).{{0,80}}?(?:{_ENDED}|{_CLOCK})\W{{0,6}}"
    rf"|{_THIS}(?=.{{0,80}}\b(?:{_DONE})\b)"
    rf".{{0,80}}?\b{_MADE}.{{0,160}}",
    re.IGNORECASE,
)
_STARTED = re.compile(
    r"(\S.{0,60}?) (?:"
    r"(?:started|stopped) transcription"
    r"|hat die Transkription (?:gestartet|begonnen|beendet|gestoppt|angehalten)"
    r"|a (?:démarré|commencé|lancé|arrêté|interrompu|terminé) la transcription"
    r"|(?:inició|comenzó|detuvo|finalizó|ha (?:iniciado|comenzado|detenido|finalizado)) la transcripción"
    r"|(?:iniciou|começou|interrompeu|parou|encerrou) a transcrição"
    r"|ha (?:avviato|iniziato|interrotto|arrestato|terminato) la trascrizione"
    r"|heeft de transcriptie (?:gestart|gestopt|beëindigd)|is (?:gestart|begonnen|gestopt) met transcriberen"
    r")\.?"
)


def is_notice(line: str) -> bool:
    """Tell whether a line is a tool's own: Otter's, Google Meet's, with or without marks of layout."""
    return _NOTICE.fullmatch(line.strip(_LAYOUT)) is not None


def find_starter(line: str) -> str | None:
    """Return who started or stopped Teams' transcription, by a line like ``Ana Ruiz stopped transcription``."""
    match = _STARTED.fullmatch(line.strip())
    return None if match is None else match[1]
