"""Every component in every state, for those who build pages."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nudm.core.ratio import Ratio
from nudm.core.templatetags.ui import STATUS_WORDS
from nudm.core.widgets import DayField


class Sample(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the order.")
    day = DayField(label="Day")
    agree = forms.BooleanField(label="Agreed")


@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Shown in DEBUG and in the demonstration."""
    wrong = Sample({"name": "", "day": "31-02-2026"}, prefix="wrong")
    context = {
        "statuses": list(STATUS_WORDS),
        "ratios": [
            Ratio(0, 0),
            Ratio(0, 5),
            Ratio(3, 5),
            Ratio(1189, 4755),
            Ratio(5, 5),
        ],
        "plain": Sample(prefix="plain"),
        "wrong": wrong,
        "counts": [None, 0, 1, 45],
    }
    return render(request, "styleguide.html", context)
