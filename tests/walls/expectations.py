"""Who may do what on every route: the one table that the matrix is generated from.

A person is what they are to a row: the centre, the ministry, its state office, its agency, its own town,
or nothing. A rule names those for whom the row exists (`sees`), who get the page (`get`), and who may act
(`post`). Everybody else gets 404 where the row does not exist for them, and 403 where it does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

CENTRE, MINISTRY, OFFICE, AGENCY, TOWN, NEITHER = "centre", "ministry", "office", "agency", "town", ""

# Each person's place, by state. `None`: no account any more, or never one. The neighbours stand at MH.
PEOPLE: dict[str, dict[str, str] | None] = {
    "visitor": None,
    "inactive": None,
    "inactive_reviewer": None,
    "nobody": {},
    "former": {},
    "former_agency": {},
    "former_town": {},
    "former_reviewer": {},
    "tomorrow": {},
    "head": {"KL": CENTRE, "MH": CENTRE},
    "reviewer": {"KL": CENTRE, "MH": CENTRE},
    "ministry": {"KL": MINISTRY, "MH": MINISTRY},
    "nodal": {"KL": OFFICE},
    "unit": {"KL": OFFICE},
    "fellow": {"KL": OFFICE},
    "agency": {"KL": AGENCY},
    "town": {"KL": TOWN},
    "neighbour": {"MH": OFFICE},
    "came": {"KL": OFFICE},
    "moved": {"MH": OFFICE},
    "far_agency": {"MH": AGENCY},
    "far_town": {"MH": TOWN},
    "both_agency": {"KL": AGENCY, "MH": AGENCY},
    "both_offices": {"KL": OFFICE, "MH": OFFICE},
    "acting": {"KL": OFFICE},
}
# Those who meet on every run of the suite; `make walls` asks for all.
QUICK = (
    "visitor",
    "inactive",
    "former",
    "reviewer",
    "ministry",
    "nodal",
    "unit",
    "agency",
    "town",
    "neighbour",
    "acting",
)
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
# What a row can be to a state's people: its own (the one ULB with an office), another ULB of the same
# state, the neighbour's, or not there at all.
ROWS = ("KL", "other", "MH", "absent")

ALL = frozenset({CENTRE, MINISTRY, OFFICE, AGENCY})
WITH_TOWN = ALL | {TOWN}
ANYONE = WITH_TOWN | {NEITHER}
EDITS = frozenset({OFFICE, AGENCY})
STATE = frozenset({OFFICE})
HOME = frozenset({CENTRE, OFFICE})
REVIEW = frozenset({CENTRE})
NATION = frozenset({CENTRE, MINISTRY})
NO_ONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """`parts` are the route's arguments, words of the scene among them; `get` None: acts only; `post`
    None: a page that takes no act; `send` is what a right act says. A name with a second word is one
    act more of the same route."""

    parts: tuple[Any, ...] = ()
    get: frozenset[str] | None = ALL
    post: frozenset[str] | None = None
    sees: frozenset[str] = ALL
    send: dict[str, Any] | None = None


def page(*parts: Any, post: frozenset[str] | None = None, send: dict[str, Any] | None = None) -> Rule:
    """A page that all who see the state read."""
    return Rule(parts, ALL, post, ALL, send)


def act(*parts: Any, by: frozenset[str], sees: frozenset[str] = ALL) -> Rule:
    """A button without a page of its own."""
    return Rule(parts, None, by, sees)


def form(*parts: Any, by: frozenset[str], sees: frozenset[str] = ALL) -> Rule:
    """A form that is shown to those who may send it."""
    return Rule(parts, by, by, sees)


def listing(get: frozenset[str] = ANYONE, post: frozenset[str] | None = None) -> Rule:
    """A page without a row in its address; what it lists is another test's question."""
    return Rule((), get, post, ANYONE)


LINE = ("iso", 2, "2.processes_standardised")
IA_LINE, HANDED_LINE = ("iso", 2, "2.platform_ready"), ("iso", 2, "2.dashboards_ready")
OTHER_LINE = ("iso", 2, "2.customisations_agreed")
API_ITEM = ("iso", "2.processes_standardised")
FACT = {"part": "nodal_officer", "answer": "yes", "who": "The officer", "version": 0}
RULES: dict[str, Rule] = {
    "state": page("iso"),
    "phases:evidence": page("iso", post=EDITS),
    "phases:records": page("iso"),
    "phases:record": page("iso", "mou", post=EDITS),
    "phases:checklist": page("iso", 2),
    "phases:compare": page("iso"),
    "phases:item": page(*LINE, post=EDITS, send={"act": "save", "version": 0, "remark": "x"}),
    "phases:item cite": page(*LINE, post=EDITS, send={"act": "cite", "evidence": "evidence"}),
    "phases:item accept": page(*LINE, post=REVIEW, send={"act": "accept", "version": 2}),
    "phases:item return": page(*LINE, post=REVIEW, send={"act": "return", "version": 2, "note": "x"}),
    "phases:item withdraw": page(*LINE, post=STATE, send={"act": "withdraw", "version": 2}),
    "phases:item ask_na": page(*OTHER_LINE, post=STATE, send={"act": "ask_na", "version": 0, "note": "x"}),
    "phases:item hand_over": page(*IA_LINE, post=EDITS, send={"act": "hand_over", "version": 0}),
    "phases:item hand_back": page(
        *HANDED_LINE, post=STATE, send={"act": "hand_back", "version": 0, "note": "x"}
    ),
    "phases:item due": page(*OTHER_LINE, post=EDITS, send={"act": "due", "due": "2030-01-01"}),
    "phases:autosave": act(*LINE, by=EDITS),
    "phases:submit_many": act("iso", 2, by=ALL),
    "phases:close": act("iso", 1, by=REVIEW),
    "phases:undo": act("iso", 1, by=REVIEW),
    "phases:mark": act("iso", 2, by=EDITS),
    "phases:download": page("evidence"),
    "phases:remove": act("evidence", by=STATE),
    "phases:review": listing(REVIEW),
    "phases:answer_many": Rule((), None, ANYONE, ANYONE),
    "ulbs:list": page("iso"),
    "ulbs:matrix": page("iso"),
    "ulbs:figures": page("iso", post=STATE),
    "ulbs:sheet": page("iso"),
    "ulbs:change": form("iso", by=EDITS),
    "ulbs:cell": Rule(("iso", "ulb", "PGR"), WITH_TOWN, EDITS | {TOWN}, WITH_TOWN),
    "ulbs:new": form("iso", by=STATE),
    "ulbs:ulb": Rule(("iso", "ulb"), WITH_TOWN, STATE, WITH_TOWN, {"in_scope": "on", "version": 0}),
    "ulbs:town": Rule(("iso", "ulb"), WITH_TOWN, STATE | {TOWN}, WITH_TOWN, FACT),
    "ulbs:town_figures": Rule(("iso", "ulb"), WITH_TOWN, STATE | {TOWN}, WITH_TOWN),
    "ulbs:town_links": act("iso", "ulb", by=STATE, sees=WITH_TOWN),
    "ulbs:town_file": Rule(("file",), WITH_TOWN, None, WITH_TOWN),
    "ulbs:edit": form("iso", "ulb", by=STATE, sees=WITH_TOWN),
    "ulbs:code": form("iso", "ulb", by=STATE, sees=WITH_TOWN),
    "ulbs:end": form("iso", "ulb", by=STATE, sees=WITH_TOWN),
    "ulbs:reinstate": act("iso", "ulb", by=STATE, sees=WITH_TOWN),
    "ulbs:registers": page("iso"),
    "ulbs:register": page("iso", "incidents"),
    "ulbs:new_entry": form("iso", "incidents", by=EDITS),
    "ulbs:entry": page("iso", "training", "event", post=EDITS),
    "ulbs:reopen": act("iso", "training", "event", by=EDITS),
    "ulbs:remove": act("iso", "training", "event", by=EDITS),
    "ulbs:entry review": page("iso", "review", "reviewed", post=HOME),
    "ulbs:event_files": act("iso", "training", "event", by=EDITS),
    "ulbs:event_file": page("iso", "training", "event", "event_file"),
    "ulbs:remove_file": act("iso", "training", "event", "event_file", by=EDITS),
    "ulbs:new_finding": form("iso", "reviewed", by=HOME),
    "ulbs:event_towns": page("iso", "training", "event", post=EDITS),
    "ulbs:new_point": form("iso", "meeting", by=STATE),
    "ulbs:point": form("iso", "meeting", "point", by=STATE),
    "ulbs:batches": page("iso"),
    "ulbs:plan": page("iso", post=STATE),
    "ulbs:batch": page("iso", 1, post=STATE),
    "ulbs:new_batch": form("iso", by=STATE),
    "ulbs:fill_batches": form("iso", by=STATE),
    "ulbs:cantonments": form("iso", by=STATE),
    "ulbs:remove_batch": act("iso", 1, by=STATE),
    "ulbs:import": form("iso", by=HOME),
    "ulbs:import_one": form("iso", "import", by=HOME),
    "ulbs:import_set_aside": Rule(("iso", "import"), HOME),
    "ulbs:tenants": form("iso", by=HOME),
    "ulbs:calendar": listing(),
    "ulbs:exclusions_national": listing(ALL),
    "ulbs:exclusions": page("iso"),
    "ulbs:answer_exclusion": Rule(("iso", "exclusion"), None, REVIEW, ALL, {"act": "refuse", "note": "x"}),
    "ulbs:answer_exclusion withdraw": Rule(("iso", "exclusion"), None, STATE, ALL, {"act": "withdraw"}),
    "ulbs:import_national": Rule((), REVIEW, REVIEW, NATION),
    "ulbs:import_national_set_aside": Rule(("national_import",), NATION, None, NATION),
    "ulbs:import_national_one": Rule(("national_import",), NATION, REVIEW, NATION, {"act": "confirm"}),
    "reports:list": listing(ALL),
    "reports:ask": Rule((), None, ANYONE, ANYONE),
    "reports:report": page("report"),
    "reports:file": page("report"),
    "reports:cancel": act("report", by=NO_ONE),
    "reports:schedules": listing(ALL, ALL),
    "reports:schedule": act("subscription", by=HOME),
    "reports:inbox": listing(),
    "reports:deliveries": listing(HOME),
    "reports:resend": act("outbox", by=HOME, sees=HOME),
    "reports:holidays": page("iso", post=HOME),
    "reports:failures": listing(REVIEW, REVIEW),
    "reports:chain": page("iso", post=HOME),
    "reports:letter": page("iso", 1),
    "compare": listing(NATION),
    "states:people": listing(HOME),
    "states:audit": listing(REVIEW),
    "states:audit_access": listing(REVIEW),
    "states:post": form("post", by=HOME),
    "states:add_post": form("team", by=HOME),
    "schema": listing(),
    "api_docs": listing(),
    "api_states": listing(),
    "api_state": page("iso"),
    "api_progress": page("iso"),
    "api_state_items": page("iso"),
    "api_state_item": page(*API_ITEM),
    "api_state_moves": act(*API_ITEM, by=ALL),
    "api_state_evidence": page(*API_ITEM, post=EDITS),
    "api_items": listing(),
    "api_item": page("item"),
    "api_moves": act("item", by=ALL),
    "api_evidence": page("item", post=EDITS),
    "api_ulbs": listing(),
    "api_ulb": Rule(("ulb",), WITH_TOWN, None, WITH_TOWN),
    "api_milestones": Rule(("ulb",), WITH_TOWN, EDITS | {TOWN}, WITH_TOWN),
    "api_deployments": listing(),
    "api_figures": listing(post=ANYONE),
    "api_common": listing(),
    "api_reports": listing(post=ANYONE),
    "api_report_file": page("report"),
    "home": listing(),
    "session": listing(),
    "upload": Rule((), None, ANYONE, ANYONE),
    "upload_piece": Rule(("upload",), NO_ONE, NO_ONE, NO_ONE),
    "accounts:me": listing(post=ANYONE),
    "accounts:logout": Rule((), None, ANYONE, ANYONE),
    "accounts:set_code": listing(post=ANYONE),
    "accounts:renew_recovery": Rule((), None, ANYONE, ANYONE),
    "accounts:end_code": Rule((), None, ANYONE, ANYONE),
    "accounts:end_session": act("session", by=NO_ONE, sees=NO_ONE),
    "states:confirm": listing(post=ANYONE),
    "accounts:revoke_token": act("token", by=NO_ONE, sees=NO_ONE),
    "accounts:sign_out_everywhere": Rule((), None, ANYONE, ANYONE),
    "states:act_as": Rule((), None, ANYONE, ANYONE),
}
PUBLIC: dict[str, tuple[Any, ...]] = {
    "healthz": (),
    "readyz": (),
    "metrics": (),
    "styleguide": (),
    "set_language": (),
    "accounts:login": (),
    "accounts:code": (),
    "accounts:provider": (),
    "accounts:provider_back": (),
    "accounts:reset": (),
    "accounts:reset_sent": (),
    "accounts:reset_confirm": ("MQ", "set-password"),
    "verify": (),
    "verify_code": ("ABCD-EFGH-JKLM",),
    "town_link": ("no-such-secret",),
}
# What the API and the schema say to somebody without an account; pages send them to sign in.
UNKNOWN_TO_API = frozenset({401, 403})
DONE = frozenset({200, 201, 202, 204, 302, 303})
TAKEN = DONE | {400, 409, 413, 415, 422}


def routes(patterns: Any = None, prefix: str = "") -> Iterator[str]:
    """The names of all routes, as the resolver has them."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            space = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from routes(pattern.url_patterns, prefix + space)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}"


def role_of(who: str, row: str) -> str | None:
    """What `who` is to `row`; None for somebody without an account."""
    places = PEOPLE[who]
    if places is None:
        return None
    if row == "other":
        return NEITHER if places.get("KL") == TOWN else places.get("KL", NEITHER)
    return places.get(row, NEITHER)


def allowed(name: str, method: str, who: str, row: str) -> frozenset[int]:
    """The answers that are right. Everything else is a leak, or a person locked out of their own.

    A view that is a class tells everybody with an account which methods it has, never what is in a row.
    """
    rule, places = RULES[name], PEOPLE[who]
    if places is None:
        return UNKNOWN_TO_API if name.startswith("api_") or name == "schema" else frozenset({302})
    here = {role_of(who, row)} if row else {NEITHER, *places.values()}
    seen = bool(here & rule.sees) and row != "absent"
    acts = method == "post" and rule.post is not None
    may = rule.post if acts else rule.get
    if not seen:
        right = {404}
    elif may is None:
        right = {405}
    elif here & may:
        right = set(TAKEN if acts else DONE)
    else:
        right = {403}
    if not acts and (method not in {"get", "head"} or rule.get is None):
        right |= {405}
    if method == "options" and (name.startswith("api_") or name in {"schema", "accounts:logout"}):
        right |= {200}
    return frozenset(right)
