from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_shared_cache")]

    operations = [
        migrations.CreateModel(
            name="Refused",
            fields=[
                ("code", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("count", models.PositiveBigIntegerField()),
            ],
            options={"verbose_name": "refused requests", "verbose_name_plural": "refused requests"},
        ),
        # As with the tallies: a crash of the database may begin the count anew, and no refusal waits for a disk.
        migrations.RunSQL("ALTER TABLE accounts_refused SET UNLOGGED", "ALTER TABLE accounts_refused SET LOGGED"),
    ]
