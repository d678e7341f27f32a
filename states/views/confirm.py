"""Once a year: which of one's posts one still holds."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from nudm.core.dates import today
from nudm.core.errors import Refused
from states import yearly
from states.rules import asked_to_confirm


def page(request: HttpRequest) -> HttpResponse:
    """One question a post; no answer is given beforehand."""
    asked = yearly.asked_of(request.user)
    answers = {row.pk: request.POST.get(f"post_{row.pk}", "") for row in asked}
    refused = ""
    if request.method == "POST":
        given = {word: {pk for pk, answer in answers.items() if answer == word} for word in ("held", "left")}
        try:
            yearly.answer(request.user, given["held"], given["left"])
        except Refused as error:
            refused = error.message
        else:
            messages.success(request, _("Thank you. Nothing more is asked until the next 31 March."))
            return redirect("home")
    rows = [(row, answers[row.pk]) for row in asked]
    context = {"rows": rows, "since": asked_to_confirm(today()), "refused": refused}
    return render(request, "states/confirm.html", context, status=422 if refused else 200)
