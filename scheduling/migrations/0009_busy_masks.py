"""Busy time kept ready for reading, and the triggers that forget it (see scheduling/mask_triggers.py)."""

from django.db import migrations, models

from scheduling import mask_triggers


def install(apps, schema_editor):
    mask_triggers.install(schema_editor.connection)


def uninstall(apps, schema_editor):
    mask_triggers.uninstall(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0008_batch")]

    operations = [
        migrations.CreateModel(
            name="BusyMask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("zone", models.CharField(max_length=64)),
                ("grid", models.PositiveSmallIntegerField()),
                ("kind", models.PositiveSmallIntegerField()),
                ("resource", models.BigIntegerField()),
                ("day", models.PositiveIntegerField()),
                ("cells", models.CharField(max_length=72)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "resource", "since"], name="busy_mask_since")],
                "constraints": [
                    models.UniqueConstraint(fields=("zone", "grid", "kind", "resource", "day"), name="busy_mask_once")
                ],
            },
        ),
        migrations.RunPython(install, uninstall),
    ]
