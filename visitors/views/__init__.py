"""The pages of visitors, a module a subject."""
