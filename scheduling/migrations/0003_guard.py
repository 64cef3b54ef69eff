"""Puts the no-overlap rules into the database (see scheduling/guard.py)."""

from django.db import migrations

from scheduling import guard


def install(apps, schema_editor):
    guard.install(schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0002_documented_protocols")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
