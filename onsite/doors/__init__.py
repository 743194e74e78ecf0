"""The doors of sessions and buses, kept by the same devices as the gates."""
