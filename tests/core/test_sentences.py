"""A sentence is one string, its full stop inside; the Hindi one ends with a danda."""

import re
from pathlib import Path

import polib

HERE = Path(__file__).resolve().parents[2]
SENTENCE = re.compile(r"{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}", re.S)
# A full stop behind a tag, or behind the end of an element that holds one. A number before a name is none.
GLUED = re.compile(r"(?:}}|%})(?:</\w+>)*[.।](?=[\s<{]|$)")
NUMBER = re.compile(r"{{ [\w.]+\.(?:number|level) }}\. (?={{)")

STOP = re.compile(r"\.(?=\s|$)")
# What stands before a name, as in “क. …” and “3. …”, and “No.” in short.
BEFORE = re.compile(r"^(?:[क-ह]|%\(n\)s)\. |\bसं\.")


def test_no_hindi_sentence_ends_with_a_latin_full_stop() -> None:
    book = polib.pofile(str(HERE / "locale/hi/LC_MESSAGES/django.po"))
    said = {words for entry in book for words in (entry.msgstr, *entry.msgstr_plural.values())}
    wrong = [words for words in said if re.search("[ऀ-ॿ]", words) and STOP.search(BEFORE.sub("", words))]
    assert wrong == []


def test_no_template_ends_a_sentence_that_it_put_together() -> None:
    wrong = []
    for path in (HERE / "templates").rglob("*.*"):
        text = NUMBER.sub("", SENTENCE.sub("%}", path.read_text()))
        wrong += [f"{path.name}: {text[max(0, m.start() - 60) : m.end()]}" for m in GLUED.finditer(text)]
    assert wrong == []
