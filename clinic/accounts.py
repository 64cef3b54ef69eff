"""How people come in: accounts are made by an administrator, nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignupAdapter(DefaultAccountAdapter):
    """allauth with its sign-up page closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
