"""What is talk and what only has colons: settings, headers, licences, logs; and messy transcripts that are talk."""

# ruff: noqa: E501
from __future__ import annotations

from pathlib import Path

import pytest

from attunement.errors import UnknownFormatError
from attunement.readers.base import ReadOptions, choose_reader, read_source, reader_registry
from attunement.readers.inputs import Input

DATA = Path(__file__).parent.parent / "data" / "transcript"

NO_TALK = {
    "robots": "User-agent: *\nDisallow: /private/\nAllow: /\nUser-agent: Slowbot\nDisallow: /\nSitemap: https://example.org/s.xml",
    "robots short": "User-agent: *\nDisallow:",
    "readme": "# Kettle\n\nA kettle for the shell.\n\nUsage: kettle on\nNote: you need water.\nNote: you need a cup, too.\n"
    "Warning: hot\n\nExample: kettle off\nNote: that was all.",
    "yaml": "version: 2\nservices:\n  web:\n    image: kettle:1\n    ports: [80]\n  db:\n    image: tea:3\n    ports: [5432]",
    "yaml ci": "name: build\non: push\njobs:\n  test:\n    runs-on: linux\n    steps:\n      - uses: checkout\n      - run: make test\n"
    "      - uses: upload\n      - run: make dist",
    "openapi": "openapi: 3.0.0\npaths:\n  /tea:\n    get:\n      description: Get tea.\n      parameters: []\n  /cup:\n    get:\n"
    "      description: Get a cup.\n      parameters: []",
    "front matter": "title: On tea\ndate: 2024-05-01\ntags: [tea, cups]\ndraft: true\nauthor: Ana Ruiz\nslug: on-tea",
    "http answer": "HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 12\nCache-Control: no-store\nSet-Cookie: a=1\n"
    "Set-Cookie: b=2\nX-Frame-Options: DENY",
    "http request": "GET / HTTP/1.1\nHost: example.org\nUser-Agent: kettle/1\nAccept: */*\nAccept-Encoding: gzip\nConnection: close",
    "mail": "Return-Path: <ana@example.org>\nReceived: from a by b; Mon, 6 May 2024 10:00:00 +0000\n"
    "Received: from c by a; Mon, 6 May 2024 09:59:00 +0000\nMessage-ID: <1@example.org>\nMIME-Version: 1.0\n"
    "Content-Type: text/plain\nFrom: Ana <ana@example.org>\nTo: Ben <ben@example.org>\nSubject: tea\n\nHello Ben,\n\ntea at four?\n\nAna",
    "env": "PORT: 80\nDB_HOST: localhost\nDB_PORT: 5432\nDEBUG: false\nSECRET_KEY: abc123\nDB_NAME: tea",
    "ini": "[web]\nport: 80\nhost: example.org\nroot: /srv\n[db]\nport: 5432\nhost: example.org\nroot: /var/db",
    "properties": "app.name: kettle\napp.port: 80\nlog.level: info\nlog.path: /var/log\napp.name.short: k",
    "log": "2024-05-01 10:00:00 INFO web: started\n2024-05-01 10:00:01 WARN web: slow\n2024-05-01 10:00:02 ERROR db: gone\n"
    "2024-05-01 10:00:03 INFO web: stopped",
    "log levels": "INFO: started\nDEBUG: port 80\nINFO: listening\nERROR: no such cup\nINFO: stopped",
    "log python": "2024-05-01 10:00:00.123 - web - INFO - started\n2024-05-01 10:00:01.200 - db - ERROR - gone\n"
    "2024-05-01 10:00:02.001 - web - INFO - stopped",
    "log brackets": "[10:00:00] [info] web: started\n[10:00:01] [error] db: gone\n[10:00:02] [info] web: x",
    "copyright": "Format: https://example.org/format/1.0/\nUpstream-Name: kettle\n\nFiles: *\nCopyright: 2020-2024 Ana Ruiz\n"
    "License: MIT\n\nFiles: tea/*\nCopyright: 2021 Ben Osei\nLicense: BSD-3-clause\n\nFiles: cups/*\nCopyright: none\nLicense: public-domain",
    "package": "Package: kettle\nVersion: 1.2-3\nArchitecture: amd64\nDepends: libc6 (>= 2.3), tea\nDescription: boils water\n\n"
    "Package: tea\nVersion: 2.0\nArchitecture: all\nDepends: cup\nDescription: leaves",
    "metadata": "Metadata-Version: 2.1\nName: kettle\nVersion: 1.0\nSummary: Boils water.\nRequires-Dist: numpy (>=1.2)\n"
    "Requires-Dist: scipy\nRequires-Dist: tea ; extra == 'cup'\nClassifier: Topic :: Tea\nClassifier: Topic :: Cups",
    "wheel": "Wheel-Version: 1.0\nGenerator: kettle 0.1\nRoot-Is-Purelib: true\nTag: py3-none-any",
    "licence": "MIT License\n\nCopyright: Ana Ruiz\n\nPermission is granted under these terms:\n1. Keep this notice.\n2. No warranty:\n"
    "the software comes as it is.\nLicense: MIT\nCopyright: Ben Osei\nLicense: BSD",
    "log dated": "[2024-05-01 10:00:00] [info] web: started\n[2024-05-01 10:00:01] [error] db: gone\n"
    "[2024-05-02 10:00:02] [info] web: x\n[2024-05-02 10:00:03] [warn] web: slow\n",
    "log with commas": "2024-05-01 10:00:00,123 - web - INFO - started\n2024-05-01 10:00:01,200 - db - ERROR - gone\n"
    "2024-05-01 10:00:02,300 - web - INFO - x",
    "git log": "commit 0a1b2c3d4e5f\nAuthor: Ana <ana@example.org>\nDate:   Mon May 6 10:00:00 2024\n\n    Boil\n\n"
    "commit 1a1b2c3d4e5f\nAuthor: Ben <ben@example.org>\nDate:   Tue May 7 10:00:00 2024\n\n    Pour\n\n"
    "commit 2a1b2c3d4e5f\nAuthor: Ana <ana@example.org>\nDate:   Tue May 7 11:00:00 2024\n\n    Drink",
    "trailers": "Boil water\n\nFixes: #12\nReviewed-by: Ana <ana@example.org>\nSigned-off-by: Ben <ben@example.org>\n"
    "Signed-off-by: Ana <ana@example.org>\nTested-by: Ben <ben@example.org>",
    "changes": "## 1.1\n- Added: tea\n- Fixed: the lid\n- Fixed: the spout\n## 1.0\n- Added: water\n- Changed: the cup",
    "python": "def boil(x):\n    if x:\n        return 1\n    else:\n        pass\n\nclass Tea:\n    def pour(self):\n"
    "        try:\n            pass\n        except OSError:\n            pass\n        else:\n            pass",
    "css": "a {\n  color: red;\n  margin: 0;\n}\nb {\n  color: blue;\n  margin: 1px;\n}\nc {\n  color: #fff;\n}",
    "makefile": "all: build test\nbuild: main.c\n\tcc main.c\ntest: build\n\t./test\nclean:\n\trm -f main",
    "docstring": "Parameters:\n    x: int\n    y: float\nReturns:\n    bool\nRaises:\n    ValueError: if x < 0\nExample:\n    >>> f(1)\n"
    "Note:\n    slow\nExample:\n    >>> f(2)",
    "recipe": "Title: Soup\nServes: 4\nPreparation: 20 min\nIngredients: leeks, potatoes\nYield: 2 l",
    "form": "Name: Ana Ruiz\nPhone: +31 20 555 0100\nE-mail: ana@example.org\nCity: Utrecht\nZip: 3511\nCountry: Nederland",
    "bibliography": "Title: Tea\nAuthor: A. Ruiz\nYear: 2021\nPages: 1-20\nTitle: Cups\nAuthor: B. Osei\nYear: 2022\nPages: 3-9",
    "sensors": "temp: 20.1\nhumidity: 40\ntemp: 20.3\nhumidity: 41\ntemp: 20.4\nhumidity: 41",
    "records": "kettle: blue\nlid: yes-1\ncup: 12\nspoon: 3\nkettle: red\nlid: no-1\ncup: 10\nspoon: 1\nkettle: green\nlid: no-2\ncup: 9\nspoon: 8",
    "fortran": "real :: a\ninteger :: b\nreal :: c\ninteger :: d\nreal :: e",
    "apt": "Types: deb\nURIs: https://example.org/debian\nSuites: stable\nComponents: main\nSigned-By: /etc/key.gpg",
    "ssh": "Host example\n  HostName: example.org\n  Port: 22\n  IdentityFile: ~/.ssh/id\nHost other\n  HostName: other.example.org\n"
    "  Port: 2222\n  IdentityFile: ~/.ssh/id2",
}  # fmt: skip

TALK = {
    "two lines": "Ana: hi\nBen: hey",
    "one word, Polish": "ania: cześć\nbartek: hej\nania: chyba\nbartek: aha\nania: no",
    "one turn each, four people": "Ana: I went first.\nBen: Then me.\nCyd: Then I.\nDee: And last me.",
    "one turn each, Finnish": "Aino: huomenta\nEero: huomenta vaan\nHelmi: kylmä ilta\nOiva: niin oli",
    "machine names": "Speaker 1: We moved in may.\nSpeaker 2: It rained.\nSpeaker 1: It did.",
    "codes": "P01: mostly at night\nINT: and then\nP01: then nothing\nINT: nothing",
    "letters": "T: How many days?\nC: Three\nT: Three?\nC: 3 or 4",
    "numbers said": "Mother: how many ducks?\nChild: 2\nMother: count again\nChild: 1 2 3\nMother: 3\nChild: 3",
    "counting": "Ana: 1\nBen: 2\nAna: 3\nBen: 4\nAna: 5\nBen: 6",
    "links": "Ana: https://example.org/a\nBen: https://example.org/b\nAna: https://example.org/c\nBen: wow\nAna: https://example.org/d",
    "host and guest": "Host: Welcome back.\nGuest: Thank you.\nHost: Your book is about bread.\nGuest: It is about waiting.",
    "user and agent": "User: my order is late\nAgent: Sorry to hear that.\nUser: it is two weeks\nAgent: Let me look.",
    "client and therapist": "Therapist: What came up?\nClient: Nothing. A note: I slept.\nTherapist: You slept.\nClient: Yes",
    "Japanese": "花子：おはよう\n太郎：おはよう。よく寝た？\n花子：うん\n太郎：よかった",
    "Arabic": "ليلى: صباح الخير\nسامي: صباح النور\nليلى: كيف نمت؟\nسامي: بخير",
    "Russian": "Оля: ты дома\nПаша: почти\nОля: жду\nПаша: еду",
    "Hindi": "मीरा: नमस्ते\nरवि: कैसी हो\nमीरा: ठीक\nरवि: अच्छा",
    "handles": "ana_92: u there\nben.k: yes\nana_92: good\nben.k: so\nana_92: nvm",
    "timed": "[00:00:03] Ana: so\n[00:00:05] Ben: well\n[00:00:09] Ana: the error: mine",
    "behind the name": "Ana (00:03): so\nBen (00:05): well\nAna (00:09): fine",
    "about work": "Ana: the config says port: 80\nBen: set debug: false\nAna: /etc/hosts?\nBen: no, /etc/kettle\nAna: ok\nBen: version 1.2.3",
    "talk of a log": "Ana: it says ERROR\nBen: what does it say\nAna: ERROR: no such cup\nBen: and INFO\nAna: nothing\nBen: hm",
    "markdown": "# Session 3\n\n**Ana:** I waited.\n\n**Ben:** I know.\n\n- later -\n\n**Ana:** You know.",
    "long paragraphs": "\n".join(
        f"{who}: " + "\n".join(["das war an dem Abend so eine Sache die keiner von uns gut fand"] * 7)
        for who in ["Interviewer", "Herr Abel"] * 4
    ),
    "round of five, Hungarian": "\n".join(
        f"{who}: {what}"
        for what in ("fáradt vagyok", "jobban", "megyek haza")
        for who in ("Anna", "Bence", "Csilla", "Dénes", "Emma")
    ),
    "names on their own lines": "Ana  0:03\nso what now\n\nBen  0:07\nwe wait\n\nAna  0:09\nwe wait",
    "names above the times": "Ana Ruiz\n0:03:01\nso what now\n\nBen Osei\n0:07:12\nwe wait\n\nAna Ruiz\n0:09:00\nfor what\n\n"
    "Ben Osei\n0:09:40\nfor the rain to stop",
    "together": "Ana & Ben: we fought\nT/C: hm\nAna & Ben: a lot\n+31 6 5550100: so\n+31 6 5550100: and",
    "irc": "<ana> port: 80\n<ben> host: example.org\n<ana> debug: false",
    "heading": "Title: Session 4\nDate: 2024-05-01\nPlace: Utrecht\n\nAna: I waited.\nBen: I know.\nAna: You know.\nBen: I do.",
    "yes and no": "Q: Were you there?\nA: No.\nQ: Was he?\nA: Yes.",
}


@pytest.mark.parametrize("name", NO_TALK)
def test_what_only_has_colons_is_refused_with_its_ground(name: str) -> None:
    """No reader takes it; where lines look like names, the message says why it is no talk and how to read it anyway."""
    source = Input("x.txt", NO_TALK[name].encode())
    with pytest.raises(UnknownFormatError):
        choose_reader(source, ReadOptions())


@pytest.mark.parametrize("name", TALK)
def test_messy_talk_is_read(name: str) -> None:
    """A false refusal is worse than a false claim: what people say is taken, whatever it is about."""
    (record,) = read_source(TALK[name].encode(), ReadOptions(), name="x.txt")
    assert record.format == "transcript"
    assert len(record.speakers) >= 2


@pytest.mark.parametrize("path", sorted(DATA.iterdir()), ids=lambda path: path.name)
def test_every_sample_is_talk(path: Path) -> None:
    """None of the samples is refused."""
    assert reader_registry()["transcript"].sniff(Input(path.name, path.read_bytes()).sample()) > 0.2


def test_the_message_says_why_and_format_forces() -> None:
    """The ground is said, without the words; --format reads it all the same."""
    text = NO_TALK["robots"].encode()
    with pytest.raises(UnknownFormatError, match=r"does not look like talk: .* names of fields") as caught:
        choose_reader(Input("robots.txt", text), ReadOptions())
    assert "--format transcript" in str(caught.value.hint)
    (record,) = read_source(text, ReadOptions(format="transcript"), name="robots.txt")
    assert record.messages[1].text == "/private/"


def test_prose_without_names_is_not_told_about_talk() -> None:
    """Where nothing looks like a name the message is the usual one."""
    with pytest.raises(UnknownFormatError, match="No reader knows"):
        choose_reader(Input("x.txt", b"It rained.\nThen it did not.\n"), ReadOptions())


def test_a_contact_called_info_desk_is_no_log() -> None:
    """A name may look like one level; a log has several."""
    text = "".join(f"[13/05/2024, 10:0{i}:07] {who}: so\n" for i, who in enumerate(["INFO Desk", "Ana"] * 4))
    (record,) = read_source(text.encode(), ReadOptions(), name="x.txt")
    assert record.format == "whatsapp"
    assert [speaker.name for speaker in record.speakers] == ["INFO Desk", "Ana"]


@pytest.mark.parametrize("names", [("SPEAKER_00", "SPEAKER_01"), ("SPK_0", "SPK_1"), ("PARTICIPANT_1", "HOST_A_2")])
@pytest.mark.parametrize("form", ["{who}: {words}\n", "[00:2{n}] {who}: {words}\n", "{who} (0:1{n}):\n{words}\n\n"])
def test_names_that_diarisation_gives_are_no_fields(names: tuple[str, str], form: str) -> None:
    """A word in capitals with a number is somebody told apart, though settings are called so, too."""
    said = ["hi there, how are you?", "I am fine, thanks!", "Good to hear.", "And you?"]
    text = "".join(form.format(who=names[i % 2], words=words, n=i) for i, words in enumerate(said))
    (record,) = read_source(text.encode(), ReadOptions(), name="x.txt")
    assert {message.speaker for message in record.messages} == set(names)
    assert [message.text for message in record.messages] == said


NOTES = 'SOAP note\nS: Client reports low mood, "I can\'t sleep".\nO: Tearful. Good eye contact.\nA: MDD, moderate.\n'


@pytest.mark.parametrize("text", [NOTES + "P: Continue weekly.\n", 2 * (NOTES + "P: Review in 4 weeks.\n") + NOTES])
def test_clinical_notes_are_no_talk_of_four(text: str) -> None:
    """The parts of a SOAP note are refused with that ground; said out of order, letters are people."""
    with pytest.raises(UnknownFormatError, match="clinical note"):
        choose_reader(Input("notes.txt", text.encode()), ReadOptions())
    talk = "S: how are you?\nA: fine.\nO: me too!\nP: hello you\nA: and you?\nS: good, thanks.\n"
    (record,) = read_source(talk.encode(), ReadOptions(), name="x.txt")
    assert {message.speaker for message in record.messages} == set("SAOP")
