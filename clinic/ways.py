"""Addresses that came with a request and lead somewhere afterwards."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def own_address(request: HttpRequest, address: str) -> str:
    """`address` when it is the path of a page of ours, with its query; nothing for any other."""
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    # Without the slash it could be the name of a view, or of nothing.
    return address if ours and address.startswith("/") else ""
