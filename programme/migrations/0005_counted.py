from django.db import migrations

# The counters of a session's places are worked out here and nowhere else, whoever changes a sign-up, so that they
# cannot be forgotten; the constraints on them refuse one place too many. `over` only falls.
COUNT = """
CREATE FUNCTION programme_count_signups() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH changed AS (
        SELECT session_id, state, origin, party, came, 1 AS sign FROM new_rows
        UNION ALL SELECT session_id, state, origin, party, came, -1 FROM old_rows
    ), summed AS (
        SELECT session_id,
            coalesce(sum(sign * party) FILTER (
                WHERE state IN ('offered', 'confirmed', 'attended', 'no_show') AND origin = 'signed_up'), 0) AS taken,
            coalesce(sum(sign * party) FILTER (
                WHERE state IN ('offered', 'confirmed', 'attended', 'no_show') AND origin = 'guest'), 0) AS guests,
            coalesce(sum(sign * party) FILTER (WHERE state = 'waiting'), 0) AS waiting,
            coalesce(sum(sign * came), 0) AS present
        FROM changed GROUP BY session_id
    )
    UPDATE programme_sessionplaces p
    SET taken = p.taken + s.taken,
        over = least(p.over, greatest(0, p.taken + s.taken - p.places)),
        guests_taken = p.guests_taken + s.guests,
        waiting = p.waiting + s.waiting,
        present = p.present + s.present
    FROM summed s
    WHERE p.session_id = s.session_id AND (s.taken <> 0 OR s.guests <> 0 OR s.waiting <> 0 OR s.present <> 0);
    RETURN NULL;
END $$;

CREATE FUNCTION programme_count_new_signups() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE programme_sessionplaces p
    SET taken = p.taken + s.taken,
        guests_taken = p.guests_taken + s.guests,
        waiting = p.waiting + s.waiting,
        present = p.present + s.present
    FROM (
        SELECT session_id,
            coalesce(sum(party) FILTER (
                WHERE state IN ('offered', 'confirmed', 'attended', 'no_show') AND origin = 'signed_up'), 0) AS taken,
            coalesce(sum(party) FILTER (
                WHERE state IN ('offered', 'confirmed', 'attended', 'no_show') AND origin = 'guest'), 0) AS guests,
            coalesce(sum(party) FILTER (WHERE state = 'waiting'), 0) AS waiting,
            coalesce(sum(came), 0) AS present
        FROM new_rows GROUP BY session_id
    ) s
    WHERE p.session_id = s.session_id AND (s.taken <> 0 OR s.guests <> 0 OR s.waiting <> 0 OR s.present <> 0);
    RETURN NULL;
END $$;

CREATE TRIGGER new_signups_counted AFTER INSERT ON programme_signup
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION programme_count_new_signups();
CREATE TRIGGER signups_counted AFTER UPDATE ON programme_signup
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION programme_count_signups();

CREATE FUNCTION programme_keep_signups() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a sign-up is ended, not deleted' USING ERRCODE = 'check_violation', CONSTRAINT = 'signups_are_kept';
END $$;
CREATE TRIGGER signups_are_kept BEFORE DELETE ON programme_signup
    FOR EACH ROW EXECUTE FUNCTION programme_keep_signups();
"""
UNCOUNT = """
DROP TRIGGER signups_are_kept ON programme_signup;
DROP FUNCTION programme_keep_signups();
DROP TRIGGER signups_counted ON programme_signup;
DROP TRIGGER new_signups_counted ON programme_signup;
DROP FUNCTION programme_count_new_signups();
DROP FUNCTION programme_count_signups();
"""

# When and where each participant is, and whether that is sure, follows from the sign-up and its session, whoever
# changes those. A session that does not take place is at no time, which clashes with nothing.
PLACE = """
CREATE FUNCTION programme_place_participant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT s.session_id,
        CASE WHEN p.takes_place THEN tstzrange(p.starts_at, p.ends_at) ELSE 'empty' END,
        CASE WHEN p.takes_place THEN tstzrange(p.starts_at, p.reached_by) ELSE 'empty' END,
        p.at_place,
        s.state IN ('confirmed', 'attended'),
        s.state IN ('requested', 'waiting', 'offered', 'confirmed', 'attended')
    INTO NEW.session_id, NEW.during, NEW.reach, NEW.at_place, NEW.holds, NEW.is_live
    FROM programme_signup s JOIN programme_sessionplaces p ON p.session_id = s.session_id
    WHERE s.id = NEW.signup_id;
    RETURN NEW;
END $$;
CREATE TRIGGER participant_is_placed BEFORE INSERT ON programme_participant
    FOR EACH ROW EXECUTE FUNCTION programme_place_participant();

CREATE FUNCTION programme_participants_follow_signup() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER participants_follow_signup AFTER UPDATE ON programme_signup
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION programme_participants_follow_signup();

CREATE FUNCTION programme_participants_follow_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE programme_participant p
    SET during = CASE WHEN NEW.takes_place THEN tstzrange(NEW.starts_at, NEW.ends_at) ELSE 'empty' END,
        reach = CASE WHEN NEW.takes_place THEN tstzrange(NEW.starts_at, NEW.reached_by) ELSE 'empty' END,
        at_place = NEW.at_place
    FROM programme_signup s
    WHERE s.session_id = NEW.session_id AND p.signup_id = s.id;
    RETURN NULL;
END $$;
CREATE TRIGGER participants_follow_session
    AFTER UPDATE OF starts_at, ends_at, reached_by, at_place, takes_place ON programme_sessionplaces
    FOR EACH ROW WHEN ((OLD.starts_at, OLD.ends_at, OLD.reached_by, OLD.at_place, OLD.takes_place)
        IS DISTINCT FROM (NEW.starts_at, NEW.ends_at, NEW.reached_by, NEW.at_place, NEW.takes_place))
    EXECUTE FUNCTION programme_participants_follow_session();
"""
UNPLACE = """
DROP TRIGGER participants_follow_session ON programme_sessionplaces;
DROP FUNCTION programme_participants_follow_session();
DROP TRIGGER participants_follow_signup ON programme_signup;
DROP FUNCTION programme_participants_follow_signup();
DROP TRIGGER participant_is_placed ON programme_participant;
DROP FUNCTION programme_place_participant();
"""

# Each sign-up counts in the row of its session's places: with room left on its page, that touches no index.
ROOM = "ALTER TABLE programme_sessionplaces SET (fillfactor = 50)"
NO_ROOM = "ALTER TABLE programme_sessionplaces RESET (fillfactor)"


class Migration(migrations.Migration):
    dependencies = [("programme", "0004_signing_up")]

    operations = [
        migrations.RunSQL(COUNT, UNCOUNT),
        migrations.RunSQL(PLACE, UNPLACE),
        migrations.RunSQL(ROOM, NO_ROOM),
    ]
