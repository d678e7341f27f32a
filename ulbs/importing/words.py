"""The sentences of an import: what is wrong and what to do, what to look at, why a file cannot be read."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ulbs.importing.tables import Unreadable

UNREADABLE: Mapping[str, Any] = {
    "too_large": gettext_lazy("The file is larger than %(limit)s MB. Take out pictures and other sheets."),
    "empty": gettext_lazy("The file is empty. Choose the file again."),
    "damaged": gettext_lazy(
        "The workbook cannot be opened: it is damaged, cut off, locked by a password, or far larger than "
        "what it shows. Open it in a spreadsheet program and save it anew as xlsx."
    ),
    "page": gettext_lazy(
        "The file is a web page or a document, whatever its name says. Open it in a spreadsheet program and "
        "save it as xlsx or csv."
    ),
    "not_text": gettext_lazy(
        "The file is neither a workbook nor a text that can be read. Save it as xlsx, or as csv in UTF-8."
    ),
    "open_quote": gettext_lazy(
        "A quotation mark in the file is never closed: the file is cut off or damaged. Export it again."
    ),
    "json": gettext_lazy("The JSON is cut off or is no list of objects. Export it again."),
    "too_many": gettext_lazy("The file has more than %(limit)s rows. Split it by State/UT."),
    "sheets": gettext_lazy(
        "The workbook has more than %(limit)s sheets. Keep those to be read, delete or hide the others."
    ),
    "several": gettext_lazy(
        "Several sheets of the workbook have these headings: %(sheets)s. Put all rows into one sheet, or "
        "delete or hide those that are not meant."
    ),
    "memory": gettext_lazy(
        "The hidden sheet of the workbook, which says what its cells held, was changed. Download the sheet "
        "again and fill it in."
    ),
    "no_figures": gettext_lazy(
        "No sheet of the workbook has headings of figures (%(sheets)s). Leave one sheet, with headings as on "
        "the downloaded one."
    ),
    "template": gettext_lazy(
        "No row of the file is a heading that is known here. Take the LGD's export, this State/UT's sheet, "
        "or a list of tenants, and leave its headings as they are."
    ),
    "letters": gettext_lazy(
        "Letters were lost when the file was saved. Save it again as CSV UTF-8 or as xlsx."
    ),
    "columns": gettext_lazy(
        "Row %(row)s is the heading, and these columns are missing: %(columns)s. Add them, or export again."
    ),
    "kind": gettext_lazy("This kind of file is read on the page of a State/UT."),
    "no_rows": gettext_lazy("No row of the file belongs to this State/UT. Choose the file again."),
}
FAULTS: Mapping[str, Any] = {
    "letters": gettext_lazy(
        "Letters were lost when the file was saved: save it as CSV UTF-8 or xlsx, and look at this cell."
    ),
    "digits": gettext_lazy(
        "Digits were lost: the program wrote a long number in short. Write all digits, in a column of text."
    ),
    "error": gettext_lazy("The cell shows an error. Correct its formula, or write the value."),
    "uncomputed": gettext_lazy(
        "The cell holds a formula without its result. Open the file in a spreadsheet program, save it, and "
        "read it in again; or write the value."
    ),
    "format": gettext_lazy(
        "The format of the cell shows something else than the cell holds. Write the value as a plain number "
        "or text."
    ),
    "merged": gettext_lazy(
        "The cells %(value)s are merged over several columns: it is not clear for which the value is meant. "
        "Take the merge apart and fill in each cell."
    ),
    "new_name": gettext_lazy("This ULB is new. Add the column with its name."),
    "new_type": gettext_lazy("This ULB is new. Add the column with its type."),
    "cut_off": gettext_lazy("The row ends early; the heading has %(other)s cells. Export the file again."),
    "no_code": gettext_lazy("The code is missing. Fill it in, or take the row out."),
    "code": gettext_lazy("This is no LGD code: it has six digits, such as 248056. Check the column."),
    "census_as_code": gettext_lazy(
        "This is a Census 2011 code. Check whether two columns have changed places."
    ),
    "double": gettext_lazy("The same stands in row %(other)s. Keep one of the two rows."),
    "number": gettext_lazy("Write a whole number from 1 on."),
    "no_name": gettext_lazy("The name is missing. Fill it in."),
    "name": gettext_lazy("This is no name. Check whether two columns have changed places."),
    "long": gettext_lazy("The text is longer than %(other)s letters. Shorten it."),
    "type": gettext_lazy("There is no such type. The LGD's codes are %(other)s."),
    "census": gettext_lazy("A Census 2011 code has six digits. Correct it, or leave it empty."),
    "state_name": gettext_lazy("There is no such State/UT. Write its name as the LGD does."),
    "state_code": gettext_lazy("There is no State/UT with this code. Correct it."),
    "states_differ": gettext_lazy("Code (%(other)s) and name are of two States/UTs. Correct one of them."),
    "two_states": gettext_lazy("This code means two States/UTs. Add a column with the name."),
    "no_state": gettext_lazy("The State/UT is missing. Fill it in."),
    "other_state": gettext_lazy(
        "The register has this code in another State/UT (%(other)s). Correct the code, or ask the centre."
    ),
    "no_ulb": gettext_lazy("There is no such ULB in this State/UT. Similar: %(other)s. Correct it."),
    "two_ulbs": gettext_lazy("Several ULBs have this name: %(other)s. Write the LGD code beside it."),
    "code_and_name": gettext_lazy(
        "This code is of %(other)s. Correct the code or the name, or leave the name empty."
    ),
    "ended": gettext_lazy("This ULB has ended. Take the row out, or take the end back on its page."),
    "yes": gettext_lazy("Write Y or N."),
    "cell": gettext_lazy("Write Y, N, or the day on which the module went live as dd-mm-yyyy."),
    "future": gettext_lazy("The day lies in the future. Record a fact on the day it happens."),
    "early": gettext_lazy("The day lies before the year 2000. Correct the year."),
    "kind": gettext_lazy("Write Greenfield or Brownfield."),
    "batch": gettext_lazy("Write the number of the batch, from 1 to 999."),
    "pilot_in_batch": gettext_lazy("A pilot goes before the batches. Take the batch or the pilot mark away."),
    "live_pilot": gettext_lazy("The ULB is a pilot and live; it stays a pilot. Write Y."),
    "scope_reason": gettext_lazy("Say in the column “%(other)s” why the ULB is left out."),
    "live_out": gettext_lazy("The ULB is live. Withdraw its modules with a reason first, or write Y."),
    "agreement": gettext_lazy(
        "Stage 1 is closed: what leaves a count needs the centre's agreement. Ask for it on the page "
        "“Plan of the ULBs”, and leave this cell as it was."
    ),
    "gate": gettext_lazy(
        "The batch has begun and the gate is shut for this ULB. Move it on its page, with the reason, and "
        "leave this cell as it was."
    ),
    "population": gettext_lazy("Write the number of people as a whole number, such as 48250."),
    "tenant_twice": gettext_lazy("%(other)s has this tenant code, too. Each ULB has its own: correct one."),
    "tenant": gettext_lazy(
        "This is no tenant code: it begins with a letter or a digit, has no < or >, and 100 signs at most."
    ),
}
WARNINGS: Mapping[str, Any] = {
    "hidden": gettext_lazy("the row is hidden in the file, and was read"),
    "twice": gettext_lazy("row %(other)s says the same once more: read once"),
    "inactive": gettext_lazy("is not active on the platform: it is not read in, and gives no ULB its code"),
    "formula": gettext_lazy("begins like a formula and is taken as text"),
    "latin": gettext_lazy("local name “%(other)s” is in Latin letters and is left out"),
    "same_name": gettext_lazy("another ULB of the State/UT has the same name: %(other)s"),
    "provisional": gettext_lazy(
        "a ULB with the provisional code %(other)s has the same name: if it is the same, give it this code"
    ),
    "older": gettext_lazy("older than the register, which has version %(other)s: left as it is"),
    "type": gettext_lazy("the type changes"),
    "ended": gettext_lazy("has ended in the register"),
    "other_name": gettext_lazy("the register calls it %(other)s"),
    "by_name": gettext_lazy("found by its name: %(other)s"),
    "live_not": gettext_lazy("%(other)s is live in the register, the sheet says N: left as it is"),
    "planned_out": gettext_lazy("%(other)s is not planned, as the ULB is left out: take it in first"),
    "withdrawn": gettext_lazy("%(other)s was withdrawn, the sheet says Y: left as it is"),
    "gate_live": gettext_lazy(
        "the gate of the roll-out is shut for this ULB: its go-live is listed for the centre as an exception"
    ),
    "open": gettext_lazy("no sure match: a person decides"),
    "taken": gettext_lazy("fits a ULB that has a tenant already: %(other)s"),
}


def hidden_rows(rows: Sequence[str]) -> str:
    """That rows of a file are hidden and were read, by their numbers."""
    return ngettext(
        "Row %(rows)s is hidden in the file, and was read.",
        "Rows %(rows)s are hidden in the file, and were read.",
        len(rows),
    ) % {"rows": ", ".join(rows)}


def hidden_columns(headings: Sequence[str]) -> str:
    """That columns of a file are hidden and were read, by their headings."""
    return ngettext(
        "The column %(columns)s is hidden in the file, and was read.",
        "The columns %(columns)s are hidden in the file, and were read.",
        len(headings),
    ) % {"columns": ", ".join(f"“{heading}”" for heading in headings)}


def unreadable(error: Unreadable) -> str:
    """Why a file cannot be read, and what to do."""
    told = {name: ", ".join(v) if isinstance(v, list) else v for name, v in error.told.items()}
    return str(UNREADABLE[error.word]) % told


def fault(told: Sequence[Any]) -> str:
    """What is wrong with a cell, and what to do; `told` is the fault as a line has it."""
    other = told[3] if len(told) > 3 else ""
    return str(FAULTS[told[2]]) % {"other": other or _("none"), "value": told[1]}


def warning(told: Sequence[Any]) -> str:
    """What to look at in a row."""
    return str(WARNINGS[told[0]]) % {"other": told[1] if len(told) > 1 else ""}
