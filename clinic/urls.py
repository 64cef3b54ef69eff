"""Every address of the application."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from clinic import views

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", views.home, name="home"),
    path("preferences/", views.preferences, name="preferences"),
    path("health/", views.health, name="health"),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("patients/", include("patients.urls")),
    path("", include("scheduling.urls")),
]
