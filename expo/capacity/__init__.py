"""Places that are given: of a ticket's day, a session, a departure; one way of counting them and one fair queue."""
