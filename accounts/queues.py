"""What the worker does, and what first."""

# The house's own jobs go before mails, whose priority is 0: thousands of mails must not keep a booth from being freed.
HOUSE_FIRST = 10

# The job that is queued every 20 seconds as long as a worker is at work.
PULSE = "accounts.rescue_stalled_jobs"
