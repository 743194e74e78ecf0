"""The site on one machine: its own PostgreSQL, its processes, its checks. Nothing in here runs in production."""
