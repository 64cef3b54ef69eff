"""The addresses of the search."""

from django.urls import path

from scheduling.views.search import find, patients

urlpatterns = [
    path("patients/", patients, name="patients"),
    path("find/", find, name="find"),
]
