import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import programme.models.people

# An ID number goes in the moment in which nothing is left that it was asked for: the place ends, the departure is called
# off, somebody else takes the place, or whoever signed up is erased. Whatever changes the rows, it cannot be forgotten.
FORGET = """
CREATE FUNCTION programme_forget_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.id_kind = '';
    NEW.id_sealed = NULL;
    NEW.id_print = '';
    RETURN NEW;
END $$;
CREATE TRIGGER participant_id_is_forgotten BEFORE UPDATE ON programme_participant
    FOR EACH ROW WHEN (NEW.id_sealed IS NOT NULL AND (
        NOT NEW.is_live OR isempty(NEW.during)
        OR NEW.registration_id IS DISTINCT FROM OLD.registration_id
        OR NEW.signup_id <> OLD.signup_id
        OR (NEW.registration_id IS NULL AND NEW.name <> OLD.name)
    ))
    EXECUTE FUNCTION programme_forget_id();

CREATE FUNCTION programme_forget_ids_of_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE programme_participant SET id_kind = '', id_sealed = NULL, id_print = ''
    WHERE id_sealed IS NOT NULL AND (
        registration_id = NEW.id
        OR signup_id IN (SELECT id FROM programme_signup WHERE registration_id = NEW.id)
    );
    RETURN NULL;
END $$;
CREATE TRIGGER ids_of_erased_are_forgotten AFTER UPDATE OF erased_at ON visitors_registration
    FOR EACH ROW WHEN (NEW.erased_at IS NOT NULL) EXECUTE FUNCTION programme_forget_ids_of_erased();
"""
KEEP = """
DROP TRIGGER ids_of_erased_are_forgotten ON visitors_registration;
DROP FUNCTION programme_forget_ids_of_erased();
DROP TRIGGER participant_id_is_forgotten ON programme_participant;
DROP FUNCTION programme_forget_id();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("programme", "0007_messages"),
        ("visitors", "0004_places_over"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="guide",
            name="update_update",
        ),
        migrations.AddField(
            model_name="guide",
            name="handle",
            field=models.BigIntegerField(db_default=programme.models.people.DrawnHandle(), editable=False, unique=True),
        ),
        migrations.AddField(
            model_name="guide",
            name="link_version",
            field=models.PositiveIntegerField(db_default=1, default=1, editable=False),
        ),
        migrations.AddField(
            model_name="sessionplaces",
            name="listed_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="list sent to the enterprise at"
            ),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(
                condition=models.Q(("id_sealed__isnull", False)), fields=["session"], name="participant_papers"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guide",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."show_id" IS DISTINCT FROM (NEW."show_id"))',
                    func='INSERT INTO "programme_guideevent" ("email", "id", "language", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "show_id") VALUES (NEW."email", NEW."id", NEW."language", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."show_id"); RETURN NULL;',
                    hash="2e7b7e105fa3381017b2ce1f75aa54aa1888ff1a",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_521a1",
                    table="programme_guide",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("id_kind", ""), ("id_print", ""), ("id_sealed__isnull", True)),
                    models.Q(
                        ("id_sealed__isnull", False),
                        ("is_live", True),
                        models.Q(("id_kind", ""), _negated=True),
                        models.Q(("id_print", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="id_while_it_is_needed",
            ),
        ),
        migrations.RunSQL(FORGET, KEEP),
    ]
