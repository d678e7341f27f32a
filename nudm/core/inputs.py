"""What the API takes in: what a serializer does not declare is refused, as an unknown parameter is."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

# What a browser's form sends along with its fields.
OF_FORMS = {"csrfmiddlewaretoken"}


class Declared(serializers.Serializer[Any]):
    """A serializer that refuses fields that it does not have: a misspelt field that is silently ignored
    would be taken for a field that was left out. Raises ValidationError with each by its name."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(str(name) for name in set(data) - set(self.fields) - OF_FORMS)
            if unknown:
                words = _("There is no such field. Known here: %(names)s.") % {
                    "names": ", ".join(sorted(self.fields))
                }
                raise serializers.ValidationError({name: [words] for name in unknown})
        return super().to_internal_value(data)
