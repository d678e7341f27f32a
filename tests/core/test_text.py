"""Text is cleaned the same way everywhere: nothing that is not shown is left, and ड़ is always the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nudm.core import text

pytestmark = pytest.mark.once
UNSHOWN = [chr(n) for n in (*range(32), *range(127, 160)) if chr(n) not in "\n\t"]
UNSHOWN += [
    chr(n)
    for n in (0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070))
]
UNSHOWN += [
    "\ufeff",
    "\ufffe",
    "\uffff",
    "\ufdd0",
    "\ue000",
    "\ud800",
    "\udfff",
    "\ufe0f",
    "\u3164",
    "\U000e0041",
    "\U0001fffe",
]
anything = st.text(
    st.characters(exclude_categories=())
    | st.sampled_from(UNSHOWN)
    | st.sampled_from("कड़िय्\u093c\u200d\u200cनाa1 \n")
)


@pytest.mark.parametrize("mark", UNSHOWN, ids=ascii)
def test_a_mark_that_is_not_shown_is_gone(mark: str) -> None:
    for word in (f"a{mark}b", f"{mark}ab{mark}", f"ab {mark}", f"राम{mark} श्याम"):
        kept = text.line(word)
        assert mark not in kept
        assert kept.replace(" ", "") == word.replace(mark, "").replace(" ", "")


@given(anything)
def test_what_is_cleaned_holds_nothing_unshown_and_is_clean_for_good(typed: str) -> None:
    for clean in (text.long, text.line):
        kept = clean(typed)
        assert clean(kept) == kept
        assert unicodedata.is_normalized("NFC", kept)
        kept.encode()
        left = {
            letter for letter in kept if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        }
        assert left <= {"\n", "\t", "\u200c", "\u200d"} | text._SHOWN
    assert "\n" not in text.line(typed) and "\t" not in text.line(typed)


@given(st.text(st.characters(categories=("L", "N", "P"), max_codepoint=0xDFF)))
def test_letters_are_kept(typed: str) -> None:
    assert text.line(unicodedata.normalize("NFC", typed)) == unicodedata.normalize("NFC", typed)


def test_joiners_stay_where_they_spell_an_indian_word_and_nowhere_else() -> None:
    for word in ("क्\u200dष", "क्\u200cष", "श्री\u200cराम", "র\u200d্যাম"):
        assert text.line(word) == word
    for loose in ("a\u200db", "\u200dराम", "राम\u200c", "राम\u200d श्याम", "12\u200c3", "राम\u200dx"):
        assert text.line(loose) == loose.replace("\u200d", "").replace("\u200c", "")


def test_letters_of_an_older_keyboard_become_those_of_today() -> None:
    assert text.line("അവന\u0d4d\u200d") == "അവൻ"
    assert text.line("\u09b9\u09a0\u09be\u09a4\u09cd\u200d") == "\u09b9\u09a0\u09be\u09ce"


def test_one_name_however_its_nukta_was_typed() -> None:
    spelled = ("बड़\u094dका", "ब\u095cका")
    assert text.alike("ब\u095cगाँव") == text.alike("बड\u093cगाँव") == text.alike("बड\u093c\u200dगाँव")
    assert text.line("ग\u093e\u093cव") == "ग\u093c\u093eव"
    assert sorted(["ढाका", spelled[1], "ब\u095cा"], key=text.alike)[0] == "ढाका"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("मुम्बई", "मुंबई"),
        ("झारखण्ड", "झारखंड"),
        ("हिन्दी", "हिंदी"),
        ("पञ्चायत", "पंचायत"),
        ("गङ्गा", "गंगा"),
        ("बड़ा गाँव", "बडा गांव"),
        ("चण्डीगढ़", "चंडीगढ"),
        ("ज़िला", "\u095bिला"),
        ("आऩा", "आना"),
        ("श्री\u200cराम", "श्रीराम"),
    ],
)
def test_what_hindi_spells_in_two_ways_is_looked_for_as_one(one: str, other: str) -> None:
    assert text.loose(one) == text.loose(other) == text.loose(text.loose(one))
    assert text.loose("Kochi") == "kochi"


@pytest.mark.parametrize(
    ("one", "other"), [("रामगढ़", "रामगड"), ("काम", "कांम"), ("कन्या", "कंया"), ("मत", "मद")]
)
def test_other_letters_stay_other_letters(one: str, other: str) -> None:
    assert text.loose(one) != text.loose(other)


def test_lines_of_a_long_text_are_kept_and_end_alike() -> None:
    assert text.long("a\r\nb\rc\x0bd\u2028e\u2029f\x85g \nh") == "a\nb\nc\nd\ne\nf\ng\nh"
    assert text.line("Receipt prints\x0bblank page") == "Receipt prints blank page"
    assert text.long("a\tb") == "a\tb"


def test_bullets_and_ticks_of_a_word_document_are_kept_as_signs() -> None:
    assert text.long("\uf0b7 first\n\uf0fc done") == "• first\n✓ done"


def test_the_first_letter_is_the_first_that_is_shown() -> None:
    assert text.first_letter("\u200d\u200eरामपुर") == "र"
    assert text.first_letter("(ख) 1") == "ख"
    assert text.first_letter("\u200d") == ""
