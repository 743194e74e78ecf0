from django.db import migrations

# The other side of booth_inside: a hall does not shrink under its booths, an area does not leave the hall of its
# booths. The tables belong to a room below this one, which knows nothing of booths: hence plain SQL from here.
FORWARD = """
CREATE FUNCTION exhibitors_hall_holds_its_booths() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM exhibitors_booth
               WHERE hall_id = NEW.id AND (x + width > NEW.width OR y + depth > NEW.depth)) THEN
        RAISE EXCEPTION 'hall % would leave booths outside', NEW.slug
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hall_holds_its_booths';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER hall_holds_its_booths BEFORE UPDATE OF width, depth ON expo_hall
    FOR EACH ROW EXECUTE FUNCTION exhibitors_hall_holds_its_booths();

CREATE FUNCTION exhibitors_area_stays_with_its_booths() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM exhibitors_booth WHERE area_id = NEW.id AND hall_id <> NEW.hall_id) THEN
        RAISE EXCEPTION 'area % would leave the hall of its booths', NEW.letter
            USING ERRCODE = 'check_violation', CONSTRAINT = 'area_stays_with_its_booths';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER area_stays_with_its_booths BEFORE UPDATE OF hall_id ON expo_area
    FOR EACH ROW EXECUTE FUNCTION exhibitors_area_stays_with_its_booths();
"""
BACKWARD = """
DROP TRIGGER area_stays_with_its_booths ON expo_area;
DROP FUNCTION exhibitors_area_stays_with_its_booths();
DROP TRIGGER hall_holds_its_booths ON expo_hall;
DROP FUNCTION exhibitors_hall_holds_its_booths();
"""


class Migration(migrations.Migration):
    dependencies = [("exhibitors", "0002_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
