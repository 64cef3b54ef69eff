"""The address of what suits a patient."""

from django.urls import path

from scheduling.views.preferences import preferences_patient

urlpatterns = [path("patients/<int:pk>/preferences/", preferences_patient, name="preferences_patient")]
