"""The form of a file that is read in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nudm.core.forms import Form
from ulbs.models import Import


class ImportForm(Form):
    """A file to be read in; its kind is known by its headings as a rule."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("csv, xlsx, xls, ods or JSON, up to 25 MB. Nothing is written before you confirm it."),
    )
    kind = forms.ChoiceField(label=_("Kind of file"), required=False)

    def __init__(self, *args: Any, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [("", _("Known by its headings"))]
        known += [(kind.value, kind.label) for kind in Import.Kind if kind.value in kinds]
        self.fields["kind"].choices = known  # type: ignore[attr-defined]
