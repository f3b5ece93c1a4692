"""What tables call the columns we need, in many languages: data for guessing a column map from a header."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, get_args

__all__ = ["FIELDS", "NAMES", "Field", "fold_header", "is_moment", "unit_of"]

Field = Literal["speaker", "text", "time", "end", "duration", "date", "conversation", "id", "reply_to", "role"]

FIELDS: tuple[Field, ...] = get_args(Field)

_LONGEST_NAME = 200
"""Letters of a column's name; what is longer is a cell of words, and no name of a field."""

_UNIT = re.compile(r"[\s_\-(\[]*\b(ms|msecs?|milliseconds?|millis|s|secs?|seconds?|sek|sekunden)\b[)\]\s]*$")

_ELAN = re.compile(r"\s*-\s*(?:hh:mm:ss|ss)\.ms(?:ec)?\s*$")
"""The form of the times, which ELAN's export puts behind their names: no unit of milliseconds."""


def fold_header(name: str) -> str:
    """Fold a column's name to what is compared: no case, no unit, letters and digits only.

    Examples
    --------
    >>> fold_header("Start Time (ms)")
    'starttime'
    """
    if len(name) > _LONGEST_NAME:
        return ""
    text = _ELAN.sub("", unicodedata.normalize("NFKC", name).casefold().strip().strip("\ufeff"))
    text = _UNIT.sub("", text.replace("_", " ")) or text
    return "".join(char for char in text if char.isalnum() or unicodedata.category(char).startswith("M"))


def unit_of(name: str) -> float | None:
    """Return how many seconds one unit of a column is, where its name says so ("onset_ms": 0.001)."""
    if len(name) > _LONGEST_NAME or _ELAN.search(name.casefold()):
        return None
    match = _UNIT.search(name.casefold().replace("_", " "))
    if match is None or match.start() == 0:
        return None
    return 0.001 if match[1].startswith("m") else 1.0


_JOINING = frozenset(
    "and und et y e i en och og ja ve и та the on at message chat event entry utc gmt local created creation "  # noqa: SIM905
    "received posted recorded".split()
)
_PIECES = re.compile(r"[A-Z]?[^\W_A-Z]+|[A-Z]+(?![a-z])")


def is_moment(name: str) -> bool:
    """Whether a column is named for when: "Date and time", "Datum/Uhrzeit", "Fecha y hora", "MessageTime"."""
    pieces = [fold_header(piece) for piece in _PIECES.findall(name)] if len(name) <= _LONGEST_NAME else []
    words = [piece for piece in pieces if piece not in _JOINING]
    return len(pieces) > 1 and 0 < len(words) < 4 and all(_is_when(word) for word in words)


def _is_when(word: str) -> bool:
    return word in NAMES["date"] or word in NAMES["time"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fold_header(word) for word in text.split()))


# The first that a header has is taken, so that "speaker" goes before "name".
NAMES: dict[Field, tuple[str, ...]] = {
    "speaker": _words(
        "speaker speaker_name speaker_label speaker_id participant__code sender sender_name "
        "sender_id from_name from author author_name "
        "screen_name username user_name user user_id participant participant_name participant_id interlocutor "
        "nickname nick agent who person person_id name subject "
        "sprecher sprecherin sprecher/in absender absenderin verfasser von teilnehmer teilnehmerin "
        "locuteur locutrice interlocuteur intervenant expéditeur émetteur auteur auteure nom participante "
        "hablante interlocutora remitente autor autora emisor usuario nombre participante de "
        "falante remetente orador usuário nome parlante mittente autore partecipante utente da "
        "spreker afzender deelnemer naam van talare avsändare deltagare namn taler afsender avsender navn deltager "
        "puhuja lähettäjä nimi mówca nadawca osoba imię uczestnik mluvčí odesílatel jméno účastník "
        "beszélő feladó küldő név vorbitor expeditor nume ομιλητής αποστολέας όνομα "
        "говорящий спикер отправитель автор участник имя мовець відправник учасник ім'я "
        "konuşmacı gönderen katılımcı isim ad 話者 発言者 発話者 送信者 差出人 名前 氏名 "
        "说话人 说话者 發言人 发言人 發言者 发送者 发送人 發送者 寄件者 昵称 暱稱 姓名 名字 "
        "화자 발화자 발신자 보낸사람 작성자 이름 "
        "المتحدث المرسل الاسم דובר הדובר שולח שם वक्ता प्रेषक नाम "
        "người_nói người_gửi tên pembicara pengirim nama ผู้พูด ผู้ส่ง ชื่อ"
    ),
    "text": _words(
        "text message_text messagetext message utterance utterance_text content body msg words transcript "
        "transcription sentence dialogue_text dialogue dialog speech comment line turn_text annotation "
        "nachricht nachrichtentext äußerung aeusserung inhalt wortlaut satz texte énoncé contenu parole propos "
        "texto mensaje enunciado contenido mensagem fala enunciado conteúdo testo messaggio enunciato contenuto "
        "tekst bericht uiting inhoud meddelande yttrande innehåll besked ytring melding viesti teksti lausuma "
        "wiadomość wypowiedź treść zpráva výpověď obsah üzenet szöveg mesaj conținut κείμενο μήνυμα "
        "текст сообщение высказывание реплика содержание повідомлення репліка metin ileti söz içerik "
        "テキスト 発話 発言 メッセージ 本文 内容 文本 消息 话语 話語 发言 發言 訊息 讯息 对话 "
        "내용 텍스트 메시지 메세지 발화 "
        "النص الرسالة المحتوى טקסט הודעה תוכן संदेश पाठ विषय nội_dung tin_nhắn pesan isi ข้อความ"
    ),
    "time": _words(
        "time timestamp datetime date_time start start_time starttime begin begin_time onset start_sec tmin t_start "
        "from_time sent sent_at created_at created created_utc time_stamp utc time_sent message_date "
        "zeit zeitpunkt zeitstempel uhrzeit beginn anfang startzeit heure horodatage début debut temps "
        "hora marca_de_tiempo inicio tiempo comienzo início tempo ora inizio orario tijd tijdstip begintijd "
        "tid tidpunkt tidsstämpel starttid aika aloitus czas godzina początek čas začátek idő kezdet "
        "oră început ώρα χρόνος έναρξη время начало таймкод час початок zaman saat başlangıç "
        "時刻 時間 開始 日時 时间 時間戳 时间戳 开始时间 시간 시각 시작 일시 الوقت البداية זמן שעה התחלה समय "
        "thời_gian waktu เวลา "
        "timecode time_code start_timecode timecode_in tc_in in_time time_in started_at sent_time sent_on posted_at "
        "received_at zeitmarke gesendet gesendet_am sendezeit horaire envoyé horário tijdcode minutage timestamps"
    ),
    "end": _words(
        "end end_time endtime stop stop_time offset end_sec tmax t_end finish to_time ende endzeit fin fin_heure "
        "término fim final fine einde eindtijd slut sluttid slutt loppu koniec konec vég sfârșit τέλος λήξη "
        "конец окончание кінець bitiş son 終了 结束 結束 结束时间 끝 종료 النهاية סיום סוף kết_thúc "
        "timecode_out end_timecode tc_out time_out ended_at"
    ),
    "duration": _words(
        "duration length dauer durée duración duração durata duur varaktighet длительность süre 時長 时长"
    ),
    "date": _words(
        "date day datum tag fecha día data dia dato päivä päivämäärä dátum dată ημερομηνία дата tarih "
        "日付 日期 날짜 التاريخ תאריך दिनांक तारीख ngày tanggal วันที่"
    ),
    "conversation": _words(
        "conversation conversation_id conv_id convid dialog_id dialogue_id dialogid dialog dialogue chat_id chat "
        "chat_name thread_id thread session_id session transcript_id interview interview_id dyad dyad_id couple "
        "couple_id pair pair_id "
        "family family_id call_id room channel recording file filename gespräch gesprächs_id unterhaltung sitzung "
        "conversación conversation_no sesión conversa sessão conversazione sessione gesprek sessie samtal rozmowa "
        "rozhovor разговор беседа диалог сессия konuşma 会話 対話 会话 對話 会話id 대화 المحادثة שיחה"
    ),
    "id": _words(
        "id message_id messageid msg_id utterance_id utt_id uttid turn_id nachrichten_id id_mensaje id_mensagem"
    ),
    "reply_to": _words(
        "reply_to reply_to_id replyto in_reply_to in_reply_to_id parent_id parent quoted_message_id antwort_auf"
    ),
    "role": _words("role speaker_role rolle rôle rol papel ruolo roll rola роль rolü 役割 角色 역할 دور תפקיד"),
}
