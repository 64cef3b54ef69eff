"""What a doctor decided about a phase with a range of sittings."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models


def let_administrators_look(apps, schema_editor):
    """Permissions are otherwise made only after the last migration."""
    config = apps.get_app_config("scheduling")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    wanted = apps.get_model("auth", "Permission").objects.filter(content_type__model="rangedecision")
    for group in apps.get_model("auth", "Group").objects.filter(name="administrator"):
        group.permissions.add(*wanted)


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0009_busy_masks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RangeDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "choice",
                    models.CharField(
                        choices=[("stop", "stop"), ("go-on", "go on"), ("recalls", "start the recalls now")],
                        max_length=8,
                        verbose_name="decision",
                    ),
                ),
                ("count_before", models.PositiveSmallIntegerField(verbose_name="sittings before")),
                ("count", models.PositiveSmallIntegerField(verbose_name="sittings")),
                ("given", models.PositiveSmallIntegerField(verbose_name="sittings given until then")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                ("decided_at", models.DateTimeField(verbose_name="decided at")),
                (
                    "decided_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "phase",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="scheduling.planphase",
                        verbose_name="phase",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision about a range",
                "verbose_name_plural": "decisions about a range",
                "ordering": ["-pk"],
            },
        ),
        migrations.AddField(
            model_name="planphase",
            name="settled",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.RunPython(let_administrators_look, migrations.RunPython.noop),
    ]
