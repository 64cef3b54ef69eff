"""The addresses of booking several plans in one run."""

from django.urls import path

from scheduling.views.batches import batch, batch_new, batch_step, batch_stop, batch_take_back, batches

urlpatterns = [
    path("batches/", batches, name="batches"),
    path("batches/new/", batch_new, name="batch_new"),
    path("batches/<int:pk>/", batch, name="batch"),
    path("batches/<int:pk>/step/", batch_step, name="batch_step"),
    path("batches/<int:pk>/stop/", batch_stop, name="batch_stop"),
    path("batch-lines/<int:pk>/take-back/", batch_take_back, name="batch_take_back"),
]
