"""What visitors and staff do with registrations, tickets and badges; the only code that changes these rows."""
