from django.db import migrations

# What a session engages is worked out here and nowhere else, whoever changes what, so that it cannot be forgotten.
# One transaction at a time changes the plan of a show: two that would take the same room would each wait for the
# other's end. Acts take this lock before any row (`programme.actions.planning.pen`).
ENGAGE = """
ALTER TABLE programme_engagement ADD CONSTRAINT engagement_of_a_session
    FOREIGN KEY (session_id) REFERENCES programme_session (id) ON DELETE CASCADE;

CREATE FUNCTION programme_pen(show bigint) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtext('programme'), show::int);
$$;

CREATE FUNCTION programme_engage(pk bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    s programme_session%ROWTYPE;
    whole tstzrange;
BEGIN
    DELETE FROM programme_engagement WHERE session_id = pk AND plan = 1;
    SELECT * INTO s FROM programme_session WHERE id = pk;
    IF NOT FOUND OR s.starts_at IS NULL OR s.is_cancelled THEN
        RETURN;
    END IF;
    PERFORM programme_pen(s.show_id);
    whole := tstzrange(s.starts_at, s.starts_at + make_interval(mins => s.minutes));
    INSERT INTO programme_engagement (plan, session_id, room_id, guide_id, bus_id, during)
        SELECT 1, pk, s.room_id, NULL::bigint, NULL::bigint, whole WHERE s.room_id IS NOT NULL
        UNION ALL SELECT 1, pk, NULL, s.guide_id, NULL, whole WHERE s.guide_id IS NOT NULL
        UNION ALL SELECT 1, pk, NULL, NULL, s.bus_id, whole WHERE s.bus_id IS NOT NULL;
    INSERT INTO programme_engagement (plan, session_id, speaker_id, during)
        SELECT 1, pk, a.speaker_id,
            CASE WHEN a.moderates OR t.after IS NULL THEN whole
            ELSE tstzrange(s.starts_at + make_interval(mins => t.after),
                           s.starts_at + make_interval(mins => t.after + t.minutes)) END
        FROM programme_appearance a LEFT JOIN programme_talk t ON t.id = a.talk_id
        WHERE a.session_id = pk;
END $$;

CREATE FUNCTION programme_session_engages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM programme_engage(NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER session_engages
    AFTER INSERT OR UPDATE OF starts_at, minutes, room_id, guide_id, bus_id, is_cancelled ON programme_session
    FOR EACH ROW EXECUTE FUNCTION programme_session_engages();

CREATE FUNCTION programme_part_engages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM programme_engage(OLD.session_id);
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.session_id IS DISTINCT FROM OLD.session_id) THEN
        PERFORM programme_engage(NEW.session_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER appearance_engages AFTER INSERT OR UPDATE OR DELETE ON programme_appearance
    FOR EACH ROW EXECUTE FUNCTION programme_part_engages();
CREATE TRIGGER talk_engages AFTER UPDATE OF after, minutes ON programme_talk
    FOR EACH ROW EXECUTE FUNCTION programme_part_engages();
"""
UNENGAGE = """
DROP TRIGGER talk_engages ON programme_talk;
DROP TRIGGER appearance_engages ON programme_appearance;
DROP FUNCTION programme_part_engages();
DROP TRIGGER session_engages ON programme_session;
DROP FUNCTION programme_session_engages();
DROP FUNCTION programme_engage(bigint);
DROP FUNCTION programme_pen(bigint);
ALTER TABLE programme_engagement DROP CONSTRAINT engagement_of_a_session;
"""

# A session lies within the hours of a day of the show, and has no more places than its room or bus has seats, or says
# why it may. Whichever of them moves: hence plain SQL from here for the tables of the room below.
HOLD = """
CREATE FUNCTION programme_within_hours(show bigint, starts timestamptz, mins int) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM expo_showday d JOIN expo_show w ON w.id = d.show_id
        WHERE d.show_id = show
          AND starts >= (d.date + d.opens) AT TIME ZONE w.time_zone
          AND starts + make_interval(mins => mins) <= (d.date + d.closes) AT TIME ZONE w.time_zone);
$$;

CREATE FUNCTION programme_session_keeps_to_its_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    places int := NEW.seats + NEW.standing;
    there int;
BEGIN
    IF NEW.is_cancelled THEN
        RETURN NEW;
    END IF;
    IF NEW.starts_at IS NOT NULL AND NEW.outside_hours_why = '' THEN
        PERFORM FROM expo_showday WHERE show_id = NEW.show_id FOR SHARE;
        IF NOT programme_within_hours(NEW.show_id, NEW.starts_at, NEW.minutes) THEN
            RAISE EXCEPTION 'session % is outside the hours of its show', NEW.code
                USING ERRCODE = 'check_violation', CONSTRAINT = 'session_within_hours';
        END IF;
    END IF;
    IF NEW.over_seats_why = '' THEN
        SELECT seats INTO there FROM expo_room WHERE id = NEW.room_id FOR SHARE;
        IF places > there THEN
            RAISE EXCEPTION 'session % has more places than its room', NEW.code
                USING ERRCODE = 'check_violation', CONSTRAINT = 'session_fits_its_room';
        END IF;
        SELECT seats INTO there FROM programme_bus WHERE id = NEW.bus_id FOR SHARE;
        IF places > there THEN
            RAISE EXCEPTION 'session % has more places than its bus', NEW.code
                USING ERRCODE = 'check_violation', CONSTRAINT = 'session_fits_its_bus';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER session_keeps_to_its_place BEFORE INSERT OR UPDATE ON programme_session
    FOR EACH ROW EXECUTE FUNCTION programme_session_keeps_to_its_place();

CREATE FUNCTION programme_room_seats_its_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM programme_session WHERE room_id = NEW.id AND NOT is_cancelled
               AND over_seats_why = '' AND seats + standing > NEW.seats) THEN
        RAISE EXCEPTION 'room % has sessions with more places', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'room_seats_its_sessions';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER room_seats_its_sessions BEFORE UPDATE OF seats ON expo_room
    FOR EACH ROW EXECUTE FUNCTION programme_room_seats_its_sessions();

CREATE FUNCTION programme_bus_seats_its_departures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM programme_session WHERE bus_id = NEW.id AND NOT is_cancelled
               AND over_seats_why = '' AND seats + standing > NEW.seats) THEN
        RAISE EXCEPTION 'bus % has departures with more places', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bus_seats_its_departures';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bus_seats_its_departures BEFORE UPDATE OF seats ON programme_bus
    FOR EACH ROW EXECUTE FUNCTION programme_bus_seats_its_departures();

CREATE FUNCTION programme_hours_hold_the_sessions(show bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM programme_session s WHERE s.show_id = show AND s.starts_at IS NOT NULL
               AND NOT s.is_cancelled AND s.outside_hours_why = ''
               AND NOT programme_within_hours(s.show_id, s.starts_at, s.minutes)) THEN
        RAISE EXCEPTION 'show % would leave sessions outside its hours', show
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hours_hold_the_sessions';
    END IF;
END $$;
CREATE FUNCTION programme_day_holds_its_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM programme_hours_hold_the_sessions(OLD.show_id);
    RETURN NULL;
END $$;
CREATE TRIGGER day_holds_its_sessions AFTER UPDATE OF date, opens, closes OR DELETE ON expo_showday
    FOR EACH ROW EXECUTE FUNCTION programme_day_holds_its_sessions();
CREATE FUNCTION programme_zone_holds_its_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM programme_hours_hold_the_sessions(NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER zone_holds_its_sessions AFTER UPDATE OF time_zone ON expo_show
    FOR EACH ROW WHEN (OLD.time_zone <> NEW.time_zone) EXECUTE FUNCTION programme_zone_holds_its_sessions();
"""
UNHOLD = """
DROP TRIGGER zone_holds_its_sessions ON expo_show;
DROP FUNCTION programme_zone_holds_its_sessions();
DROP TRIGGER day_holds_its_sessions ON expo_showday;
DROP FUNCTION programme_day_holds_its_sessions();
DROP FUNCTION programme_hours_hold_the_sessions(bigint);
DROP TRIGGER bus_seats_its_departures ON programme_bus;
DROP FUNCTION programme_bus_seats_its_departures();
DROP TRIGGER room_seats_its_sessions ON expo_room;
DROP FUNCTION programme_room_seats_its_sessions();
DROP TRIGGER session_keeps_to_its_place ON programme_session;
DROP FUNCTION programme_session_keeps_to_its_place();
DROP FUNCTION programme_within_hours(bigint, timestamptz, int);
"""


class Migration(migrations.Migration):
    dependencies = [("programme", "0001_initial")]

    operations = [migrations.RunSQL(ENGAGE, UNENGAGE), migrations.RunSQL(HOLD, UNHOLD)]
