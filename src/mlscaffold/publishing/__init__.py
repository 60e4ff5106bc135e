"""`publish`: a repository on GitHub for a repository here."""
