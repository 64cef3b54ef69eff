"""The least that django-appointment runs on: its own database, without a page."""

import json
import os

SECRET_KEY = "of-the-benchmark-alone"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "appointment"]
DATABASES = {"default": json.loads(os.environ["PEER_DATABASE"])}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "Europe/Rome"
USE_TZ = True
LOGGING_CONFIG = None
APPOINTMENT_BASE_TEMPLATE = "base.html"
APPOINTMENT_WEBSITE_NAME = "Bench"
