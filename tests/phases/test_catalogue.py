"""The catalogue is the deck, line by line."""

import hashlib
import re
import tomllib
from collections import Counter
from dataclasses import replace

import pytest

from phases.catalogue import HERE, SECTIONS, Catalogue, Line, Text, catalogue, parse, problems
from phases.progress import MEASURES

COUNTS = {
    "role": (8, 8, 6, 3),
    "input": (6, 4, 2, 4),
    "outcome": (8, 7, 5, 2),
    "responsibility": (4, 7, 6, 4),
    "recommendation": (3, 4, 3, 0),
    "criterion": (5, 4, 5, 0),
}
TOTALS = {
    "role": 25,
    "input": 16,
    "outcome": 22,
    "responsibility": 21,
    "recommendation": 10,
    "criterion": 14,
}

# One or two words of the deck for each of its lines, in its order: stage and section, then the lines.
DECK = {
    "1 role": "MoU | programme set-up | DTL | re-engineering | enablement | extension | migration"
    " | best practices",
    "1 input": "MoU signed | Nodal officer | adoption model | hosting instance | IA onboarding"
    " | Team mobilised | requirement analysis | AS-IS | Infrastructure procurement",
    "1 outcome": "institutional set-up formalised | charter and implementation plan | Resources and finances"
    " | IA onboarding complete | Infrastructure procurement | Priority modules | Pilot ULBs | kicked off",
    "1 responsibility": "Lead | selection of the IA | data collection team | kick-off workshop",
    "1 recommendation": "grievance | several different approaches | Greenfield ULBs first"
    " | Brownfield ULBs first | Mix | data entry operator",
    "1 criterion": "charter is defined | Resources and finances | partner is onboarded | Infrastructure"
    " | kick-started",
    "2 role": "policy change | finalisation | configuration | standardisation | architecture | documentation"
    " | creation of platform artefacts | dashboard APIs",
    "2 input": "charter and implementation plan | IA onboarded | Infrastructure | Master data",
    "2 outcome": "Ontologies | desired format | customisations required | ready for UAT | Participants"
    " | Monitoring dashboards | training videos",
    "2 responsibility": "policy change | Standardise | State-specific requirements | nodal officers"
    " | clean and validate | baseline data | configure",
    "2 recommendation": "Head Technology | MoHUA's property | regional languages | ontology",
    "2 criterion": "processes and workflows | desired format | session with identified participants"
    " | reporting mechanisms",
    "3 role": "reviewing the solution | implementation | training | cadence | incident management"
    " | awareness plans",
    "3 input": "ready for UAT | officials available",
    "3 outcome": "go-live | other ULBs | Help desk | cadence | roll-out in batches | Critical bugs"
    " | success metrics",
    "3 responsibility": "sign-off | workshops | Clean and validate | help desks | phase-wise | Assure",
    "3 recommendation": "YouTube | recorded sessions | feedback | L1 resource | Reverse | train-the-trainers",
    "3 criterion": "successful | all remaining ULBs | success metrics | Help desk | cadence",
    "4 role": "platform usage | citizens | innovation",
    "4 input": "First batch | Statewide | ecosystem | learnings",
    "4 outcome": "Adoption tracking | employees and citizens",
    "4 responsibility": "reinforce | adoption team | campaigns | Policy reforms",
}


def top(lines: tuple[Line, ...]) -> list[Line]:
    return [line for line in lines if line.parent is None]


@pytest.mark.parametrize("section", COUNTS)
def test_the_counts_are_the_decks(section: str) -> None:
    counts = tuple(len(top(stage.section(section))) for stage in catalogue().stages)
    assert counts == COUNTS[section]
    assert sum(counts) == TOTALS[section]


def test_the_sub_items_are_the_decks() -> None:
    subs = [line for line in catalogue().lines() if line.parent]
    assert Counter(line.section for line in subs) == {"input": 3, "outcome": 2, "recommendation": 6}
    assert [line.ref for line in subs if line.section != "recommendation"] == [
        "S1-I5a",
        "S1-I5b",
        "S1-I5c",
        "S3-O5a",
        "S3-O5b",
    ]


def test_a_sub_item_stands_under_the_line_whose_number_it_carries() -> None:
    book = catalogue()
    for line in book.lines():
        if line.parent:
            parent = book.line(line.parent)
            assert (parent.stage, parent.section) == (line.stage, line.section)
            assert re.fullmatch(parent.number + "[a-c]", line.number)


def test_the_numbers_run_on_within_each_section() -> None:
    for stage in catalogue().stages:
        for section in SECTIONS:
            numbers = [int(line.number) for line in top(stage.section(section))]
            assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("place", DECK)
def test_the_lines_come_in_the_decks_order_with_its_words(place: str) -> None:
    number, section = place.split()
    lines = catalogue().stage(int(number)).section(section)
    words = DECK[place].split(" | ")
    assert len(lines) == len(words)
    for line, word in zip(lines, words, strict=True):
        assert word.lower() in line.text.en.lower(), line.code


def test_the_decks_table_above_leaves_no_line_out() -> None:
    assert sum(len(words.split(" | ")) for words in DECK.values()) == len(list(catalogue().lines()))


def test_stage_4_has_no_completion_criterion() -> None:
    assert catalogue().stage(4).section("criterion") == ()


def test_no_reference_is_printed_twice() -> None:
    refs = Counter(line.ref for line in catalogue().lines())
    assert refs.most_common(1)[0][1] == 1


def test_hindi_is_written_in_its_own_script_and_ends_as_the_english_ends() -> None:
    ends = {".": "।", ":": ":"}
    for line in catalogue().lines():
        assert not re.search("[A-Za-z]", line.text.hi), line.code
        assert line.text.hi[-1] == ends[line.text.en[-1]], line.code


def test_english_is_spelt_the_british_way() -> None:
    american = re.compile(r"program\b|iz(e|ed|ing|ation)\b|artifact", re.IGNORECASE)
    assert [line.code for line in catalogue().lines() if american.search(line.text.en)] == []


def test_what_the_deck_prints_twice_is_asked_for_once() -> None:
    book = catalogue()
    for again, first in {
        "1.ia_onboarded": "1.ia_onboarding",
        "1.infrastructure_complete": "1.infrastructure_procured",
        "2.charter_in_place": "1.charter_published",
        "2.ia_in_place": "1.ia_onboarded",
        "2.infrastructure_in_place": "1.infrastructure_complete",
        "2.master_data_in_hand": "1.master_data_begun",
        "3.platform_in_place": "2.platform_ready",
    }.items():
        assert (book.line(again).kind, book.line(again).needs) == ("implied", (first,))
    named = book.line("3.officials_available")
    assert (named.needs, named.measure) == (("2.uat_participants",), "pilot.uat_scheduled")


def test_nobody_attests_a_completion_criterion() -> None:
    kinds = {line.kind for line in catalogue().lines(section="criterion")}
    assert kinds <= {"implied", "measured"}


def test_roles_and_recommendations_only_guide() -> None:
    book = catalogue()
    for line in (*book.lines(section="role"), *book.lines(section="recommendation")):
        assert (line.kind, line.record, line.needs) == ("guidance", (), ())


def test_a_responsibility_is_marked_by_hand_only_where_nothing_else_settles_it() -> None:
    markable = {line.code for line in catalogue().lines() if line.may_be_marked}
    free = {
        line.code
        for line in catalogue().lines(section="responsibility")
        if not (line.needs or line.measure or line.record)
    }
    assert markable == free
    assert markable == {"2.give_requirements"}


def test_the_catalogue_is_sound() -> None:
    assert problems(catalogue(), MEASURES) == []


def broken(**faults: dict[str, object]) -> Catalogue:
    """The catalogue with some lines of Stage 1 changed: `mou_signed={"kind": "guessed"}`."""
    book = catalogue()
    stages = tuple(
        replace(
            stage,
            lines=tuple(
                replace(line, **faults.get(line.code.removeprefix("1."), {}))  # type: ignore[arg-type]
                for line in stage.lines
            ),
        )
        for stage in book.stages
    )
    return Catalogue(book.version, book.digest, stages)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"needs": ("1.not_there",)}, "leads to 1.not_there, which is not there"),
        ({"advises": ("9.nothing",)}, "leads to 9.nothing, which is not there"),
        ({"record": ("diary",)}, "unknown record diary"),
        ({"measure": "pilot.happiness"}, "unknown measure pilot.happiness"),
        ({"kind": "guessed"}, "unknown kind, owner or quorum"),
        ({"owner": "vendor"}, "unknown kind, owner or quorum"),
        ({"quorum": "most"}, "unknown kind, owner or quorum"),
        ({"kind": "measured", "measure": None}, "measured, but by nothing"),
        ({"kind": "implied"}, "implied, but by nothing"),
        ({"text": Text("", "समझौता ज्ञापन।")}, "the text is missing in a language"),
        ({"text": Text("MoU signed.", "")}, "the text is missing in a language"),
        ({"text": Text("MoU signed.", "MoU signed.")}, "the text is missing in a language"),
    ],
)
def test_a_fault_of_a_line_is_found_and_named_and_nothing_else(
    changes: dict[str, object], problem: str
) -> None:
    assert problems(broken(mou_signed=changes), MEASURES) == [f"1.mou_signed: {problem}"]


def test_a_code_used_twice_is_found() -> None:
    found = problems(broken(mou_signed={"code": "1.hosting_chosen"}), MEASURES)
    assert "1.hosting_chosen: the code is used twice" in found


def test_a_line_that_rests_on_itself_is_found() -> None:
    (found,) = problems(broken(mou_signed={"needs": ("1.mou_signed",)}), MEASURES)
    assert found.startswith("1.mou_signed: rests on itself")
    assert found.endswith("1.mou_signed → 1.mou_signed)")


def test_a_circle_over_several_lines_is_found_once_with_its_way() -> None:
    book = broken(
        mou_signed={"needs": ("1.hosting_chosen",)},
        hosting_chosen={"needs": ("1.charter_published",)},
        charter_published={"needs": ("1.mou_signed",)},
    )
    (found,) = problems(book, MEASURES)
    assert "rests on itself" in found
    assert all(code in found for code in ("1.mou_signed", "1.hosting_chosen", "1.charter_published"))


def test_two_ways_to_the_same_line_are_no_circle() -> None:
    book = broken(
        mou_signed={"needs": ("1.hosting_chosen", "1.charter_published")},
        hosting_chosen={"needs": ("1.charter_published",)},
    )
    assert problems(book, MEASURES) == []


def test_every_fault_is_told_at_once() -> None:
    found = problems(broken(mou_signed={"record": ("diary",)}, hosting_chosen={"owner": "vendor"}), MEASURES)
    assert [problem.split(":")[0] for problem in found] == ["1.mou_signed", "1.hosting_chosen"]


def test_a_measure_that_nobody_counts_any_more_is_found() -> None:
    found = problems(catalogue(), MEASURES - {"all.live"})
    assert found == ["3.criterion_all_ulbs: unknown measure all.live"]


def test_a_stage_is_read_from_its_file_alone() -> None:
    data = tomllib.loads((HERE / "stage_3.toml").read_text(encoding="utf-8"))
    assert parse(data) == catalogue().stage(3)


def test_the_digest_is_that_of_the_four_files() -> None:
    files = b"".join((HERE / f"stage_{number}.toml").read_bytes() for number in (1, 2, 3, 4))
    assert catalogue().digest == hashlib.sha256(files).hexdigest()


def test_a_line_is_found_by_its_code_and_a_foreign_code_is_refused() -> None:
    book = catalogue()
    assert book.line("1.mou_signed").ref == "S1-I1"
    assert book.has("1.mou_signed")
    assert not book.has("5.mou_signed")
    with pytest.raises(KeyError):
        book.line("5.mou_signed")


def test_a_text_is_given_in_the_language_asked_for_and_else_in_english() -> None:
    text = catalogue().line("1.mou_signed").text
    assert text.in_("hi") == text.hi
    assert text.in_("en") == text.in_("ta") == str(text) == text.en


@pytest.mark.parametrize(
    ("gate", "leaves"),
    [
        ("1.criterion_partner", ["1.ia_team_mobilised", "1.requirement_analysis", "1.as_is_analysis"]),
        ("1.criterion_infrastructure", ["1.infrastructure_procured"]),
        ("2.criterion_uat_ready", ["2.platform_ready", "2.uat_participants", "2.criterion_uat_ready"]),
        ("3.rollout_in_batches", ["3.rollout_in_batches", "3.critical_bugs_fixed", "3.success_metrics"]),
        ("4.adoption_tracking", ["4.adoption_tracking"]),
    ],
)
def test_what_would_open_a_gate_is_the_leaves_of_the_graph(gate: str, leaves: list[str]) -> None:
    assert [line.code for line in catalogue().leaves(gate)] == leaves
