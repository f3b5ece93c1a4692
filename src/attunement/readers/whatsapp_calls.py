"""How long a call of a WhatsApp export was: "Voice call, 1 hr 5 min"."""

from __future__ import annotations

import re

from attunement.readers.whatsapp_header import MARKS
from attunement.readers.whatsapp_marks import load_marks

__all__ = ["call_seconds", "is_missed_at"]

# As the languages of `whatsapp_marks.toml` shorten them; a unit that is not here tells no length.
_UNITS = {
    1: "s sec secs sek sn seg segs seconds с сек δευτ δ שנ ث ثانية ثوان ثوانٍ सेकंड से dtk det giây วินาที วิ 秒 초 "
    "másodperc mp sekund sekunder Sekunden segundos secondi seconden saniye",
    60: "m min mins minute minutes мин хв λεπ λ דק דקות د دقيقة دقائق دقیقه मिनट मि mnt phút นาที 分 分钟 分鐘 분 perc "
    "dk dakika minut minuty minuten Minuten Minute minuto minutos minuti minuut minit",
    3600: "h hr hrs hour hours Std Stunde Stunden u uur hora horas ora ore sa saat godz godzina t tim timme time timer "
    "ч год ώρα ώρες ώ שע שעה שעות س ساعة ساعات ساعت घंटा घंटे घं jam giờ ชม ชั่วโมง 時間 小时 小時 시간 óra ó hod jaa j",
}
_SECONDS_OF = {unit.casefold(): seconds for seconds, units in _UNITS.items() for unit in units.split()}
_AROUND = f" \t\u00a0\u202f.,،、。{MARKS}"
_AT = re.compile(r"(?: [^\W\d_]{1,6}){1,2} \d{1,2}[:.h]\d{2}(?:[ \u202f]?[ap]\.?[ \u202f]?m\.?)?", re.IGNORECASE)
_PIECE = re.compile(rf"(\d{{1,4}})[ \u00a0\u202f]?([^\W\d_](?:[^\d\s.,{MARKS}]*))\.?")


def call_seconds(rest: str) -> float | None:
    """Return how long a call was, from what follows the word for it; None where it does not say.

    Parameters
    ----------
    rest : str
        ", 1 hr 5 min", with marks of direction or without; "No answer" says none.

    Examples
    --------
    >>> call_seconds(". 1 Std. 5 Min."), call_seconds(", No answer")
    (3900.0, None)
    """
    told = rest.partition("•")[0]  # ", 5 min • 3 joined"
    pieces = _PIECE.findall(told)
    if not pieces or _PIECE.sub("", told).strip(_AROUND):
        return None
    seconds = [_SECONDS_OF.get(unit.casefold()) for _, unit in pieces]
    known = [each for each in seconds if each is not None]
    if len(known) < len(seconds) or sorted(set(known), reverse=True) != known:
        return None
    return float(sum(int(count) * each for (count, _), each in zip(pieces, known, strict=True)))


def is_missed_at(text: str) -> bool:
    """Whether a line of nobody's is "Missed voice call at 21:03", as Android had it until 2019, in a known language."""
    opening = load_marks().opening(text)
    return opening is not None and opening[1] == "call" and _AT.fullmatch(text[len(opening[0]) :]) is not None
