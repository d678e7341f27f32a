"""What changed between two texts, word by word, within a number of steps. Pure.

The shortest way from one list of words to another is found as E. Myers describes it ("An O(ND) difference
algorithm and its variations", 1986). Its work grows with the product of length and difference, and both
are in the hands of whoever writes the texts; so every step is counted, and who asks says how many there
may be.
"""

from dataclasses import dataclass

# Longer texts are not compared: letters of both together.
LONGEST = 60_000
# Letters of a text that is shown whole in place of a comparison.
SHOWN = 20_000


@dataclass(slots=True)
class Budget:
    """Steps that are left for all comparisons of one page; 300,000 take about a fifth of a second."""

    steps: int = 300_000

    def spend(self, steps: int) -> bool:
        """Whether there were so many left."""
        self.steps -= steps
        return self.steps >= 0


def word_runs(before: str, after: str, budget: Budget) -> list[tuple[str, str]] | None:
    """Runs of words in reading order, each `ins`, `del` or `` (in both); None where the texts are too long or
    differ in too much for the budget."""
    if len(before) + len(after) > LONGEST:
        return None
    old, new = before.split(), after.split()
    if not budget.spend(len(old) + len(new)):
        return None
    start, end = _same_ends(old, new)
    middle = _edits(old[start : len(old) - end], new[start : len(new) - end], budget)
    if middle is None:
        return None
    words = [("", word) for word in old[:start]] + middle + [("", word) for word in old[len(old) - end :]]
    return _joined(words)


def cut(text: str) -> str:
    """As much of a text as is shown whole."""
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _same_ends(old: list[str], new: list[str]) -> tuple[int, int]:
    """How many words both have at the beginning and, of the rest, at the end."""
    most = min(len(old), len(new))
    start = next((n for n in range(most) if old[n] != new[n]), most)
    most -= start
    end = next((n for n in range(most) if old[-1 - n] != new[-1 - n]), most)
    return start, end


def _edits(old: list[str], new: list[str], budget: Budget) -> list[tuple[str, str]] | None:
    """`furthest[k]` is how far into `old` one gets with so many changes on the diagonal `k` (place in `old`
    less place in `new`)."""
    furthest = {1: 0}
    former: list[dict[int, int]] = []
    for changes in range(len(old) + len(new) + 1):
        former.append(dict(furthest))
        if not budget.spend(2 * changes + 1):
            return None
        for k in range(-changes, changes + 1, 2):
            down = k == -changes or (k != changes and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            begun = x
            while x < len(old) and x - k < len(new) and old[x] == new[x - k]:
                x += 1
            if x > begun and not budget.spend(x - begun):
                return None
            furthest[k] = x
            if x >= len(old) and x - k >= len(new):
                return _way_back(old, new, former)
    return None


def _way_back(old: list[str], new: list[str], former: list[dict[int, int]]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    x, y = len(old), len(new)
    for changes in range(len(former) - 1, -1, -1):
        furthest, k = former[changes], x - y
        down = k == -changes or (k != changes and furthest[k - 1] < furthest[k + 1])
        before = k + 1 if down else k - 1
        at = furthest[before] if changes else 0
        while x > at and y > at - before if changes else x > 0:
            x, y = x - 1, y - 1
            found.append(("", old[x]))
        if changes:
            if down:
                y -= 1
                found.append(("ins", new[y]))
            else:
                x -= 1
                found.append(("del", old[x]))
    return found[::-1]


def _joined(words: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Neighbours of one kind as one run; of a place that was rewritten, what went before what came."""
    runs: list[tuple[str, list[str]]] = []
    changed: dict[str, list[str]] = {"del": [], "ins": []}
    for kind, word in [*words, ("", "")]:
        if kind:
            changed[kind].append(word)
            continue
        for name, held in changed.items():
            if held:
                runs.append((name, held))
        changed = {"del": [], "ins": []}
        if word and runs and not runs[-1][0]:
            runs[-1][1].append(word)
        elif word:
            runs.append(("", [word]))
    return [(kind, " ".join(held) + " ") for kind, held in runs]
