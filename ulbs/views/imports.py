"""Files that are read in: upload, preview, confirm, take back; and the sheet to fill in."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nudm.core import tables
from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.pieces import files_of
from nudm.core.receipts import answered_once
from states.access import is_national, powers, require, visible
from states.actions import record as log
from states.models import State, by_label
from states.views.shown import state_for
from ulbs.actions import imports
from ulbs.forms.imports import ImportForm
from ulbs.importing import words
from ulbs.importing.layouts import rollout
from ulbs.importing.tables import MAX_BYTES
from ulbs.importing.workbook import plan_row, rollout_book
from ulbs.models import Deployment, Import, Tenant, Ulb
from ulbs.past import towns_on
from ulbs.views.lines import RESULTS, fits, shown

PAGE = 100
EARLIER = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@answered_once
def files(request: HttpRequest, iso: str | None = None) -> HttpResponse:
    """Upload a file for a state, or for all states; the files that were read in before."""
    state = _place(request, iso)
    kinds = [k for k, module in imports.KINDS.items() if state is not None or not module.NEEDS_STATE]
    sent = files_of(request) if request.method == "POST" else None
    form = ImportForm(request.POST or None, sent, kinds=kinds)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(_read(form, state, request.user))
        except (NotAllowed, Conflict):
            raise
        except Refused as error:
            form.add_error("file", error.message)
    earlier = _imports(request).filter(state=state).defer("preview", "before")
    context = {
        "state": state,
        "form": form,
        "imports": earlier[:EARLIER],
        "powers": powers(request.user, state) if state else frozenset({"manage_register"}),
        "waiting": _waiting(request) if state is None else [],
    }
    status = 422 if form.errors else 200
    return render(request, "ulbs/imports.html", context, status=status)


def _imports(request: HttpRequest, kinds: Iterable[str] = tuple(imports.KINDS)) -> Any:
    """The files of these kinds that exist for the person."""
    return visible(Import, request.user).filter(kind__in=kinds).select_related("state", "by")


def _place(request: HttpRequest, iso: str | None) -> State | None:
    """The state of the page, or None for the nation; for those who may read files in there."""
    state = state_for(request, iso) if iso else None
    require(request.user, "manage_register", Import(state=state))
    return state


def _read(form: ImportForm, state: State | None, user: Any) -> Import:
    file = form.cleaned_data["file"]
    if file.size > MAX_BYTES:
        raise Refused(str(words.UNREADABLE["too_large"]) % {"limit": MAX_BYTES // (1024 * 1024)})
    return imports.read_in(file.read(), file.name, state=state, kind=form.cleaned_data["kind"], by=user)


def _waiting(request: HttpRequest) -> list[tuple[State, int]]:
    """States with tenants that a person has to decide on."""
    open_ones = visible(Tenant, request.user).filter(how=Tenant.How.OPEN)
    counts = dict(open_ones.order_by().values_list("state").annotate(Count("pk")))
    return [(s, counts[s.pk]) for s in by_label(visible(State, request.user).filter(pk__in=counts))]


def one(request: HttpRequest, pk: int, iso: str | None = None) -> HttpResponse:
    """What a file would do, row by row; confirm it, or take it back."""
    made = _made(request, pk, iso)
    if request.method == "POST":
        return _act(request, made)
    result = request.GET.get("result", "")
    lines = [line for line in made.preview if fits(line, result)]
    page = Paginator(lines, PAGE).get_page(request.GET.get("page"))
    states = {} if made.state else {s.pk: s.label for s in visible(State, request.user)}
    towns = _named(request, page)
    held = powers(request.user, made.state) if made.state else _national_powers(request)
    context = {
        "made": made,
        "state": made.state,
        "page": page,
        "rows": [shown(line, states, towns) for line in page],
        "result": result,
        # Of a file that is refused only what is wrong is kept, and can be shown.
        "counts": [
            (name, label, made.counts.get(name, 0))
            for name, label in RESULTS.items()
            if any(fits(line, name) for line in made.preview)
        ],
        "may": imports.KINDS[made.kind].PERMISSION in held,
        "changes": made.counts["new"] + made.counts["changed"],
        "since": made.counts.get("since", 0),
        "set_aside": made.counts.get("set_aside", 0),
        "hidden_columns": (headings := made.counts.get("hidden_columns")) and words.hidden_columns(headings),
        "aside": f"{made.get_absolute_url()}set-aside/",
    }
    return render(request, "ulbs/import.html", context)


def _made(
    request: HttpRequest, pk: int, iso: str | None, kinds: Iterable[str] = tuple(imports.KINDS)
) -> Import:
    """A file that was read in, for those who may look at it."""
    there = {"state__iso": iso.upper()} if iso else {"state": None}
    made: Import = get_object_or_404(_imports(request, kinds), pk=pk, **there)
    if made.state is not None or not is_national(request.user):
        require(request.user, "manage_register", made)
    return made


def _named(request: HttpRequest, lines: Iterable[Any]) -> dict[int, str]:
    """The names of the ULBs that lines are about, by their codes."""
    said = [[line.get("values", {}).get("ulb"), *line.get("changes", {}).get("ulb", ())] for line in lines]
    codes = {code for told in said for code in told if code}
    rows = visible(Ulb, request.user).filter(lgd_code__in=codes) if codes else ()
    return {ulb.lgd_code: ulb.label for ulb in rows}


def _national_powers(request: HttpRequest) -> frozenset[str]:
    try:
        require(request.user, "manage_register", Import(state=None))
    except NotAllowed:
        return frozenset()
    return frozenset({"manage_register"})


def _act(request: HttpRequest, made: Import) -> HttpResponse:
    if request.POST.get("act") == "undo":
        imports.undo(made, by=request.user)
        messages.success(request, _("Taken back: the register is as it was before this file."))
    elif request.POST.get("act") in {"confirm", "set_aside"}:
        over = request.POST.getlist("over")
        if request.POST.get("over_all"):
            over = [f"{line['row']}:{name}" for line in made.preview for name in line.get("since", ())]
        imports.confirm(made, by=request.user, set_aside=request.POST["act"] == "set_aside", over=over)
        messages.success(request, _("Written to the register."))
    return redirect(made)


def set_aside(request: HttpRequest, pk: int, iso: str | None = None) -> HttpResponseBase:
    """The rows of a file that cannot be read, each with its number and the reason, as a workbook."""
    made = _made(request, pk, iso, Import.Kind.values)
    log("import.set_aside", by=request.user, state=made.state, target=made, rows=made.counts["refused"])
    return tables.download(imports.rows_set_aside(made), "xlsx", f"nudm-set-aside-{made.pk}")


@shows_the_past
def sheet(request: HttpRequest, iso: str) -> HttpResponse:
    """The state's roll-out sheet as it stands, to fill in and to read back; or as it stood on a day."""
    state = state_for(request, iso)
    day, cells = asked_day(request), dict[int, dict[str, Deployment]]()
    towns: Any = visible(Ulb, request.user).filter(state=state, ended="").select_related("batch")
    known: Any = visible(Deployment, request.user).filter(state=state)
    if day is not None:
        towns, known = towns_on(state, day)
        towns = [ulb for ulb in towns if not ulb.ended]
    for cell in known:
        cells.setdefault(cell.ulb_id, {})[cell.module] = cell
    tables.too_long(len(towns), "xlsx")
    book = rollout_book(
        rollout(),
        (plan_row(ulb, cells.get(ulb.pk, {})) for ulb in towns),
        list(_help()),
        title=state.iso,
        language=get_language() or "en",
    )
    log("sheet.export", by=request.user, state=state, rows=len(towns))
    response = HttpResponse(book, content_type=XLSX)
    name = f"{state.iso}-roll-out-{day}.xlsx" if day else f"{state.iso}-roll-out.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _help() -> Iterator[str]:
    yield _("Fill in what has changed and leave the rest as it is; an empty cell changes nothing.")
    yield _("In a module's column write the day on which it went live, or Y where the day is not known.")
    yield _("N means planned, not live. A module that is live is withdrawn on the ULB's page, with a reason.")
    yield _("A pilot has no batch. A ULB that is left out (N under “In scope”) needs a reason.")
    yield _(
        "The columns “Local name” to “UPYOG tenant code” are the register's: fill in what is missing there."
    )
    yield _("Keep the heading and the codes. Then read the file in on the page “Import”; it is shown first.")
