"""A data pipeline: raw CSV in, checked, partitioned and queryable tables out."""
