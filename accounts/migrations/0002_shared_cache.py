from django.core.management import call_command
from django.db import migrations


def create_cache_table(apps, schema_editor):
    call_command("createcachetable", verbosity=0, database=schema_editor.connection.alias)


class Migration(migrations.Migration):
    """What all processes share to count uses: the login's cache, and the tallies, which need no write-ahead log."""

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunPython(create_cache_table, migrations.RunPython.noop, elidable=True),
        # A tally lost in a crash costs nothing; a flush to disk for each is what the log would cost.
        migrations.RunSQL("ALTER TABLE accounts_tally SET UNLOGGED", "ALTER TABLE accounts_tally SET LOGGED"),
        # The desk's list of records is a handful of rows among those of every change there was.
        migrations.RunSQL(
            "CREATE INDEX accounts_record ON pghistory_context (created_at) WHERE metadata ? 'recorded'",
            "DROP INDEX accounts_record",
        ),
    ]
