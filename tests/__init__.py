"""One file for each module of the same name; `templates/` holds what is rendered."""
