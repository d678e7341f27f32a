"""Accounts: people, what they prove themselves with, and where they are signed in."""

from nudm.accounts.models.people import User, UserManager
from nudm.accounts.models.proofs import Authenticator, Identity, RecoveryCode
from nudm.accounts.models.sessions import Session
from nudm.accounts.models.tokens import Token

__all__ = ["Authenticator", "Identity", "RecoveryCode", "Session", "Token", "User", "UserManager"]
