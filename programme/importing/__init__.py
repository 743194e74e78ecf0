"""The plan as a spreadsheet: what its columns are, how a file is read, and what it would make of the plan."""
