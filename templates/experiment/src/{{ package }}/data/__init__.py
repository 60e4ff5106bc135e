"""The tables: where they come from, what their columns are, what is asked of them."""
