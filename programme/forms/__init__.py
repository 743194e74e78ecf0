"""What forms of this room ask for, a module a subject."""
