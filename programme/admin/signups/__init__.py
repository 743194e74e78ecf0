"""Sign-ups on the desk: who is in which session, what is done with them, and what is taken out."""
