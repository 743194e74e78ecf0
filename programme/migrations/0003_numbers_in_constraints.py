from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("programme", "0002_engagements")]

    # An exclusion constraint that says "in another hall" compares numbers by <>, which plain ranges cannot.
    operations = [BtreeGistExtension()]
