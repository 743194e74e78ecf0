from django.db import migrations

# Whoever went elsewhere after the start is not held where the sign-up still is: not again either when it changes without
# becoming sure or ceasing to be, as when somebody else of the party comes in.
FOLLOW = """
CREATE OR REPLACE FUNCTION programme_participants_follow_signup() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE programme_participant p
    SET holds = CASE WHEN n.holds <> n.held THEN n.holds ELSE p.holds END, is_live = n.is_live
    FROM (
        SELECT n.id, n.state IN ('confirmed', 'attended') AS holds, o.state IN ('confirmed', 'attended') AS held,
            n.state IN ('requested', 'waiting', 'offered', 'confirmed', 'attended') AS is_live
        FROM new_rows n JOIN old_rows o USING (id)
        WHERE n.state <> o.state
    ) n
    WHERE p.signup_id = n.id AND (n.holds <> n.held AND p.holds <> n.holds OR p.is_live <> n.is_live);
    RETURN NULL;
END $$;
DROP TRIGGER participants_follow_signup ON programme_signup;
CREATE TRIGGER participants_follow_signup AFTER UPDATE ON programme_signup
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION programme_participants_follow_signup();
"""
BEFORE = """
CREATE OR REPLACE FUNCTION programme_participants_follow_signup() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE programme_participant p
    SET holds = n.holds, is_live = n.is_live
    FROM (
        SELECT id, state IN ('confirmed', 'attended') AS holds,
            state IN ('requested', 'waiting', 'offered', 'confirmed', 'attended') AS is_live
        FROM new_rows
    ) n
    WHERE p.signup_id = n.id AND (p.holds <> n.holds OR p.is_live <> n.is_live);
    RETURN NULL;
END $$;
DROP TRIGGER participants_follow_signup ON programme_signup;
CREATE TRIGGER participants_follow_signup AFTER UPDATE ON programme_signup
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION programme_participants_follow_signup();
"""


class Migration(migrations.Migration):
    dependencies = [("programme", "0009_places_of_what_is_public")]

    operations = [migrations.RunSQL(FOLLOW, BEFORE)]
