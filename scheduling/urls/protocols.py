"""Addresses of the protocols."""

from django.urls import path

from scheduling.views import protocols

urlpatterns = [
    path("protocols/", protocols.protocols, name="protocols"),
    path("protocols/<int:pk>/", protocols.protocol, name="protocol"),
    path("protocols/<int:pk>/approve/", protocols.protocol_approve, name="protocol_approve"),
]
