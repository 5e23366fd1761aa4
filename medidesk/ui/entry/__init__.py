"""A small form beside a list or a file, for one row: kept as a draft, with what others changed taken in."""
