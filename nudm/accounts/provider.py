"""A sign-in provider beside the password (OpenID Connect), where the settings name one."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from authlib.common.errors import AuthlibBaseError
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from joserfc.errors import JoseError

from nudm.accounts.models import Identity, User
from nudm.core.audit import note
from nudm.core.errors import Refused
from nudm.core.peers import ANSWER, BREAKERS, Away

logger = logging.getLogger(__name__)


def name() -> str:
    """What the button says; empty where no provider is set."""
    return str(settings.OIDC_NAME) if settings.OIDC_ISSUER else ""


def send(request: HttpRequest, back: str) -> Any:
    """Send the browser to the provider. Raises Refused when the provider does not answer."""
    with _answering():
        return _client().authorize_redirect(request, back)


def person_back(request: HttpRequest) -> User:
    """Whom the provider has signed in; state, nonce, signature, issuer and time are checked.

    Raises Refused with what to do when the provider said no, does not answer, or names nobody here.
    """
    with _answering():
        claims = _client().authorize_access_token(request).get("userinfo") or {}
    if claims.get("iss", "").rstrip("/") != settings.OIDC_ISSUER:
        raise Refused(_("The answer did not come from the provider that is set. Sign in again."))
    return _person(claims)


@transaction.atomic
def _person(claims: dict[str, Any]) -> User:
    """The account of a subject; the first time it is found by the address that the provider has checked."""
    subject, email = str(claims.get("sub", "")), str(claims.get("email", "")).strip()
    issuer = settings.OIDC_ISSUER
    known = Identity.objects.filter(issuer=issuer, subject=subject).select_related("person").first()
    person = known.person if known is not None else None
    if person is None and claims.get("email_verified") is True:
        person = User.objects.filter(email__iexact=email).exclude(identities__issuer=issuer).first()
    if person is None or not person.is_active or (person.is_demo and not settings.DEMO):
        raise Refused(
            _("No account here belongs to this sign-in. Tell who appoints in your office your address there.")
        )
    if known is None:
        made = Identity.objects.create(person=person, issuer=issuer, subject=subject)
        note("account.provider", by=person, target=made)
    return person


def _client() -> Any:
    """The provider's client. Its libraries are 8 MB of memory, which a place without one need not spend."""
    registry = import_string("authlib.integrations.django_client.OAuth")()
    return registry.register(
        name="provider",
        server_metadata_url=f"{settings.OIDC_ISSUER}/.well-known/openid-configuration",
        client_id=settings.OIDC_CLIENT_ID,
        client_secret=settings.OIDC_CLIENT_SECRET,
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "default_timeout": ANSWER,
        },
    )


@contextmanager
def _answering() -> Iterator[None]:
    """Whatever goes wrong with the provider is one sentence for the person and one line in the log."""
    try:
        with BREAKERS["provider"].asking(OSError):
            yield
    except (Away, AuthlibBaseError, JoseError, OSError, LookupError, RuntimeError, ValueError) as error:
        logger.warning("The sign-in provider: %s: %s", type(error).__name__, error)
        raise Refused(
            _("%(provider)s did not sign you in. Try again in a few minutes, or sign in with your password.")
            % {"provider": name()}
        ) from error
