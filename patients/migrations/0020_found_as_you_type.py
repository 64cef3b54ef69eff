from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial")]

    operations = [
        migrations.AddIndex(model_name="patient", index=models.Index(fields=["birth_date"], name="patient_by_birth")),
    ]
