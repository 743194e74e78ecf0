"""The programme as a printed booklet: what it says, how it is set in a process of its own, and where it is kept."""
