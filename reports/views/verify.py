"""Whoever holds a paper can check it: of what it is, from when, whether it is ours, what took its place."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from nudm.core.limits import spend
from reports.actions.papers import check, fits
from reports.signing import read_code

LARGEST = 10 * 1024 * 1024


@never_cache
@login_not_required
def page(request: HttpRequest, code: str = "") -> HttpResponse:
    """The form; with a code its report; with a file whether that is the report, to the last digit."""
    typed = request.GET.get("code", "").strip()
    if typed and not code:
        return redirect("verify_code", code=read_code(typed))
    if code:
        # Codes are long, but nobody needs to try many.
        spend("verify", request.META.get("REMOTE_ADDR", ""))
    verdict = check(code) if code else None
    context = {"code": code, "verdict": verdict, "asked": bool(code)}
    if request.method == "POST" and verdict is not None:
        file = request.FILES.get("file")
        if file is None or (file.size or 0) > LARGEST:
            context["file_error"] = _("Choose the PDF or the JSON of the report, at most 10 MB.")
        else:
            context["same"] = fits(verdict.report, file.read())
            context["compared"] = True
    status = 404 if code and verdict is None else 200
    return render(request, "reports/verify.html", context, status=status)
