"""The clinic's server, as an administrator sees it from any station."""
