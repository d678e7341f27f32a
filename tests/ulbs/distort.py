"""Names of ULBs as lists of tenants write them: with words for their type, joined, in other spellings."""

import random
import re

WORDS = {
    4: ("Municipal Corporation", "Nagar Nigam", "M Corp.", "MC", "Mahanagarpalika", "Municipal Corp"),
    5: (
        "Municipality",
        "Nagar Palika",
        "Nagar Parishad",
        "Municipal Council",
        "Nagar Palika Parishad",
        "NPP",
    ),
    6: ("NAC", "Notified Area Council", "Municipal Committee"),
    7: ("Nagar Panchayat", "Town Panchayat", "NP", "TP", "Nagarpanchayat"),
    8: ("Cantonment Board", "Cantonment", "Cantt", "CB"),
    21: ("Municipal Council",),
    24: ("City Municipal Council", "CMC"),
    25: ("Town Municipal Council", "TMC"),
}
SPELLINGS = (
    ("aa", "a"), ("ee", "i"), ("oo", "u"), ("w", "v"), ("v", "w"), ("sh", "s"), ("th", "t"), ("t", "th"),
    ("dh", "d"), ("ph", "f"), ("z", "j"), ("kh", "k"), ("i", "ee"), ("u", "oo"), ("a", "aa"), ("bh", "b"),
    ("y", "i"), ("ai", "e"), ("ll", "l"), ("nn", "n"), ("l", "ll"), ("ksh", "x"), ("au", "o"), ("ei", "ai"),
)  # fmt: skip


def distort(name: str, type_code: int, chance: random.Random) -> str:
    """One of the usual distortions of each kind, or none, as lists have them."""
    text = name
    fits = [pair for pair in SPELLINGS if pair[0] in text.lower()]
    if fits and chance.random() < 0.35:
        old, new = chance.choice(fits)
        place = chance.choice([match.start() for match in re.finditer(old, text.lower())])
        text = text[:place] + new + text[place + len(old) :]
    if chance.random() < 0.05:
        place = chance.randrange(len(text))
        text = text[:place] + text[place + 1 :]
    if chance.random() < 0.15:
        text = text.replace("-", " ")
    if chance.random() < 0.15:
        text = text.replace(" ", "")
    word, form = chance.choice(WORDS[type_code]), chance.random()
    if form < 0.6:
        text = f"{text} {word}"
    elif form < 0.7:
        text = f"{word} {text}"
    elif form < 0.75:
        text = f"{text} ({word})"
    elif form < 0.85:
        text = f"{text}{word}".lower().replace(" ", "")
    case = chance.random()
    return (text.upper() if case < 0.3 else text.lower() if case < 0.4 else text) or name
