"""Every address of the patients; the list and a patient's own page belong to scheduling."""

from django.urls import path

from patients import views

urlpatterns = [
    path("new/", views.patient_new, name="patient_new"),
    path("decode/", views.patient_decode, name="patient_decode"),
    path("<int:pk>/edit/", views.patient_edit, name="patient_edit"),
]
