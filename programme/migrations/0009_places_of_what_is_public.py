from django.db import migrations

# Sessions that were public before there was signing up. What was published of them says nothing of it, so nobody signs
# up for them until they are published anew; who comes is let in and counted.
PLACES = """
INSERT INTO programme_sessionplaces (
    session_id, places, taken, over, guests, guests_taken, whole, present, waiting, is_closed, starts_at, ends_at,
    reached_by, at_place, takes_place, sequence, audience, access, party_most, opens_at, closes_at, needs_names, asks_id
)
SELECT p.session_id, greatest(0, d.seats + d.standing - d.reserve_guests - d.reserve_walk_ins), 0, 0,
    d.reserve_guests, 0, d.seats + d.standing, 0, 0, false, p.starts_at, p.ends_at,
    p.ends_at + interval '10 minutes', coalesce(r.hall_id, -p.session_id), NOT d.is_cancelled, p.sequence, d.audience,
    'none', 1, NULL, NULL, d.asks_id OR p.enterprise_id IS NOT NULL, d.asks_id
FROM programme_published p
CROSS JOIN LATERAL (
    SELECT coalesce((p.document->>'seats')::int, 0) AS seats,
        coalesce((p.document->>'standing')::int, 0) AS standing,
        coalesce((p.document->>'reserve_guests')::int, 0) AS reserve_guests,
        coalesce((p.document->>'reserve_walk_ins')::int, 0) AS reserve_walk_ins,
        coalesce((p.document->>'is_cancelled')::boolean, false) AS is_cancelled,
        coalesce(p.document->>'audience', 'open') AS audience,
        coalesce((p.document->>'asks_id')::boolean, false) AS asks_id
) d
LEFT JOIN expo_room r ON r.id = p.room_id
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("programme", "0008_papers")]

    operations = [migrations.RunSQL(PLACES, migrations.RunSQL.noop)]
