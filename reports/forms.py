"""Forms of reports."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from reports.models import Report, Subscription

NATION = "IN"


class AskForm(forms.Form):
    """Which report, of what, in which language."""

    state = forms.ChoiceField(label=_("Of"))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, states: list[Any], national: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = [(NATION, _("All States/UTs"))] if national else []
        self.fields["state"].choices = choices + [(s.iso, s.label) for s in states]  # type: ignore[attr-defined]

    def kind_and_iso(self) -> tuple[str, str | None]:
        iso = self.cleaned_data["state"]
        return (Report.Kind.NATIONAL, None) if iso == NATION else (Report.Kind.PROGRESS, iso)


class SubscribeForm(AskForm):
    """The same every week, to one of one's posts."""

    post = forms.ChoiceField(label=_("To the holder of"))
    weekday = forms.TypedChoiceField(
        label=_("Every"),
        coerce=int,
        choices=Subscription._meta.get_field("weekday").choices,
    )

    def __init__(self, posts: tuple[Any, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post"].choices = [(p.pk, str(p)) for p in posts]  # type: ignore[attr-defined]
