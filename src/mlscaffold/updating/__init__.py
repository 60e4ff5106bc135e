"""`update`, `status` and `adopt`: a template's files in a repository that is its owner's."""
