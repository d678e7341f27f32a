"""Work on what people type or upload has a bound, whatever it is: comparison, normal form, pattern."""

import ast
import itertools
import re
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nudm.core import contents
from nudm.core.difference import Budget, word_runs
from nudm.core.normal_form import MOST_MARKS, normal_form
from ulbs.importing import cells, headings
from ulbs.rules import names

HERE = Path(__file__).resolve().parent.parent.parent
words = st.lists(st.sampled_from(["a", "b", "c"]), max_size=12)


@given(words, words)
def test_the_runs_of_a_comparison_read_as_either_text(before: list[str], after: list[str]) -> None:
    runs = word_runs(" ".join(before), " ".join(after), Budget())
    assert runs is not None
    assert " ".join(text for kind, text in runs if kind != "ins").split() == before
    assert " ".join(text for kind, text in runs if kind != "del").split() == after
    kinds = [kind for kind, _text in runs]
    assert all(one != other for one, other in itertools.pairwise(kinds))


@given(words, words)
def test_no_shorter_way_was_overlooked(before: list[str], after: list[str]) -> None:
    """By the longest common subsequence, worked out the plain way."""
    runs = word_runs(" ".join(before), " ".join(after), Budget())
    assert runs is not None
    longest = [[0] * (len(after) + 1) for _word in range(len(before) + 1)]
    for n, old in enumerate(before):
        for k, new in enumerate(after):
            more = longest[n][k] + 1 if old == new else max(longest[n][k + 1], longest[n + 1][k])
            longest[n + 1][k + 1] = more
    same = sum(len(text.split()) for kind, text in runs if not kind)
    assert same == longest[-1][-1]


MANY = 9_000
PAIRS = {
    "equal": ("x " * MANY, "x " * (MANY + 1)),
    "two words": ("a b b a " * (MANY // 4), "b a " * (MANY // 2)),
    "no word in common": (" ".join(map(str, range(MANY))), " ".join(map(str, range(MANY, 2 * MANY)))),
    "beyond the length": ("x " * 30_000, "y " * 30_000),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_page_of_comparisons_ends_within_its_steps(name: str) -> None:
    """Fifty on a page share one budget; the steps are counted, so that no clock decides."""
    budget, began = Budget(), time.process_time()
    for _row in range(50):
        word_runs(*PAIRS[name], budget)
    assert time.process_time() - began < 2
    one = Budget()
    assert word_runs("x y z", "x z", one) and one.steps > 299_000


@given(st.text(alphabet="aKé\u0915\u093c\u094d\u0300\u0316\u0327 ", max_size=MOST_MARKS))
def test_the_normal_form_is_unicodes_own(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert normal_form(form, text) == unicodedata.normalize(form, text)


LONG = 60_000
HEAVY = {
    "marks out of order": "a" + "\u0300" * (LONG // 2) + "\u0316" * (LONG // 2),
    "marks in turn": "a" + "\u0300\u0316" * (LONG // 2),
    "one letter": "a" * LONG,
    "digits": "1" * 4000,
    "groups of digits": "1,11" * (LONG // 4),
    "spaces": "01-01-2026" + " " * LONG + "\x1f",
    "commas": "01-01-2026" + "," * LONG,
    "brackets": "(" * LONG,
    "words for a ULB": "nagar " * (LONG // 6),
    "open quotes": '<Relationship "' * (LONG // 15),
    "names without a value": "<Relationship " + "a" * LONG + ">",
    "spaces before a sign": "<Relationship " + "a " * (LONG // 2) + ">",
    "formulas": "+|" * (LONG // 2),
}
READERS = {
    "normal_form": lambda text: normal_form("NFC", text),
    "names.normal": names.normal,
    "names.sound": names.sound,
    "names.types_of": names.types_of,
    "names.alike": lambda text: names.alike(text, text + "b"),
    "names.nearest": lambda text: _names().nearest(text),
    "headings.plain": headings.plain,
    "headings.nearest": lambda text: headings.nearest(text, ["name of the ulb"] * 50, 0.6),
    "cells.amount": cells.amount,
    "cells.month": cells.month,
    "cells.day": cells.day,
    "cells.proper": cells.proper,
    "formula": contents.FORMULA.search,
    "relations": lambda text: [contents._reaches_out(each) for each in contents.RELATION.findall(text)],
}


def _names() -> names.Names:
    held = names.Names()
    for code in range(50):
        held.add(code, 5, "x" * 150 + str(code))
    return held


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", HEAVY)
def test_no_text_of_a_person_takes_longer_than_its_length_asks(reader: str, text: str) -> None:
    """A reader whose time grows with the square needs minutes for these, others a part of a second."""
    began = time.process_time()
    READERS[reader](HEAVY[text])
    assert time.process_time() - began < 1.0


SHELF = ("nudm", "states", "ulbs", "phases", "reports")
MODULES = [path for top in SHELF for path in (HERE / top).rglob("*.py") if "migrations" not in path.parts]


def test_only_one_place_asks_python_for_a_normal_form() -> None:
    """Its own sorts marks in a time that grows with the square of their number."""
    asks = [
        str(path.relative_to(HERE))
        for path in MODULES
        if re.search(r"unicodedata\.normalize\(|import normalize\b", path.read_text())
    ]
    # The press asks it of a letter at a time, in a process of its own with a limit of time.
    assert asks == ["nudm/core/normal_form.py", "nudm/core/pdf_child.py"]


def test_each_comparison_of_texts_is_known_and_bounded() -> None:
    """`difflib` compares in a time that grows with the square or the cube: a new use has to say its bound."""
    uses = {
        str(path.relative_to(HERE))
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.ImportFrom) and node.module == "difflib")
        or (isinstance(node, ast.Import) and any(name.name == "difflib" for name in node.names))
    }
    assert uses == {"ulbs/importing/headings.py", "ulbs/rules/names.py"}
