"""The waiting list, recalls, who is not to be contacted, and when a cycle is to be repeated."""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models


MODELS = (
    "cyclerepeat",
    "donotcontact",
    "earlierwish",
    "freedslot",
    "historicalcyclerepeat",
    "historicaldonotcontact",
    "historicalearlierwish",
    "recallattempt",
    "slotoffer",
)


def let_administrators_look(apps, schema_editor):
    """Permissions are otherwise made only after the last migration."""
    config = apps.get_app_config("scheduling")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    wanted = apps.get_model("auth", "Permission").objects.filter(content_type__model__in=MODELS)
    for group in apps.get_model("auth", "Group").objects.filter(name="administrator"):
        group.permissions.add(*wanted)


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0001_initial"),
        ("scheduling", "0012_move"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DoNotContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("made_at", models.DateTimeField(editable=False, verbose_name="made at")),
                (
                    "made_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "patient",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="do_not_contact",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "do not contact",
                "verbose_name_plural": "do not contact",
                "ordering": ["-made_at"],
            },
        ),
        migrations.CreateModel(
            name="EarlierWish",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("earliest", models.DateField(verbose_name="from the day")),
                (
                    "weekdays",
                    models.JSONField(
                        blank=True, default=list, help_text="0 is Monday; empty means any day.", verbose_name="days"
                    ),
                ),
                ("from_time", models.TimeField(blank=True, null=True, verbose_name="from")),
                ("until_time", models.TimeField(blank=True, null=True, verbose_name="until")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                ("made_at", models.DateTimeField(editable=False, verbose_name="made at")),
                ("closed_at", models.DateTimeField(editable=False, null=True, verbose_name="closed at")),
                (
                    "closed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scheduling.practitioner",
                        verbose_name="practitioner",
                    ),
                ),
                (
                    "sitting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="wishes",
                        to="scheduling.sitting",
                        verbose_name="sitting",
                    ),
                ),
            ],
            options={
                "verbose_name": "wish for an earlier slot",
                "verbose_name_plural": "wishes for an earlier slot",
                "ordering": ["made_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="FreedSlot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts", models.DateTimeField(verbose_name="starts")),
                ("ends", models.DateTimeField(verbose_name="ends")),
                ("left_free_at", models.DateTimeField(editable=False, null=True, verbose_name="left free at")),
                (
                    "appointment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="freed",
                        to="scheduling.appointment",
                        verbose_name="appointment",
                    ),
                ),
                (
                    "equipment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scheduling.equipment",
                        verbose_name="equipment",
                    ),
                ),
                (
                    "left_free_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="left free by",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scheduling.practitioner",
                        verbose_name="practitioner",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scheduling.room",
                        verbose_name="room",
                    ),
                ),
            ],
            options={
                "verbose_name": "freed slot",
                "verbose_name_plural": "freed slots",
                "ordering": ["starts", "pk"],
            },
        ),
        migrations.CreateModel(
            name="HistoricalCycleRepeat",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("due", models.DateField(verbose_name="repeat from")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="scheduling.treatmentplan",
                        verbose_name="plan",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical repetition of a cycle",
                "verbose_name_plural": "historical repetitions of cycles",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalDoNotContact",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("made_at", models.DateTimeField(editable=False, verbose_name="made at")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical do not contact",
                "verbose_name_plural": "historical do not contact",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalEarlierWish",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("earliest", models.DateField(verbose_name="from the day")),
                (
                    "weekdays",
                    models.JSONField(
                        blank=True, default=list, help_text="0 is Monday; empty means any day.", verbose_name="days"
                    ),
                ),
                ("from_time", models.TimeField(blank=True, null=True, verbose_name="from")),
                ("until_time", models.TimeField(blank=True, null=True, verbose_name="until")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                ("made_at", models.DateTimeField(editable=False, verbose_name="made at")),
                ("closed_at", models.DateTimeField(editable=False, null=True, verbose_name="closed at")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="scheduling.practitioner",
                        verbose_name="practitioner",
                    ),
                ),
                (
                    "sitting",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="scheduling.sitting",
                        verbose_name="sitting",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical wish for an earlier slot",
                "verbose_name_plural": "historical wishes for an earlier slot",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="RecallAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(editable=False, unique=True)),
                (
                    "channel",
                    models.CharField(
                        choices=[("phone", "telephone"), ("sms", "SMS"), ("email", "e-mail")],
                        max_length=8,
                        verbose_name="by",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("no-answer", "no answer"),
                            ("message", "message left"),
                            ("later", "wants to be asked later"),
                            ("coming", "wants to come: to be booked"),
                            ("declined", "does not want to come"),
                            ("wrong-number", "the number or address is wrong"),
                        ],
                        max_length=16,
                        verbose_name="outcome",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                ("next_on", models.DateField(blank=True, null=True, verbose_name="next attempt on")),
                ("made_at", models.DateTimeField(editable=False, verbose_name="made at")),
                (
                    "made_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="scheduling.treatmentplan",
                        verbose_name="plan",
                    ),
                ),
                (
                    "sitting",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="attempts",
                        to="scheduling.sitting",
                        verbose_name="sitting",
                    ),
                ),
            ],
            options={
                "verbose_name": "recall attempt",
                "verbose_name_plural": "recall attempts",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="SlotOffer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("until", models.DateTimeField(verbose_name="until")),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("accepted", "accepted"), ("refused", "refused"), ("no-answer", "no answer")],
                        max_length=10,
                        verbose_name="answer",
                    ),
                ),
                ("offered_at", models.DateTimeField(verbose_name="offered at")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="answered at")),
                (
                    "answered_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="answer noted by",
                    ),
                ),
                (
                    "appointment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="offer",
                        to="scheduling.appointment",
                        verbose_name="appointment",
                    ),
                ),
                (
                    "freed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="offers",
                        to="scheduling.freedslot",
                        verbose_name="freed slot",
                    ),
                ),
                (
                    "offered_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="offered by",
                    ),
                ),
                (
                    "wish",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="offers",
                        to="scheduling.earlierwish",
                        verbose_name="wish",
                    ),
                ),
            ],
            options={
                "verbose_name": "offer of a slot",
                "verbose_name_plural": "offers of slots",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="CycleRepeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due", models.DateField(verbose_name="repeat from")),
                (
                    "made_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "plan",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="repeat",
                        to="scheduling.treatmentplan",
                        verbose_name="plan",
                    ),
                ),
            ],
            options={
                "verbose_name": "repetition of a cycle",
                "verbose_name_plural": "repetitions of cycles",
                "ordering": ["due"],
                "indexes": [models.Index(fields=["due"], name="scheduling__due_2f1e15_idx")],
            },
        ),
        migrations.AddConstraint(
            model_name="earlierwish",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("sitting",),
                name="wish_once",
                violation_error_message="This sitting is on the waiting list already.",
            ),
        ),
        migrations.AddIndex(
            model_name="freedslot",
            index=models.Index(fields=["starts"], name="scheduling__starts_0da4de_idx"),
        ),
        migrations.AddConstraint(
            model_name="slotoffer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("answer", "")), fields=("freed",), name="freed_slot_offered_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="slotoffer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("answer", "")), fields=("wish",), name="wish_offered_once"
            ),
        ),
        migrations.RunPython(let_administrators_look, migrations.RunPython.noop),
    ]
