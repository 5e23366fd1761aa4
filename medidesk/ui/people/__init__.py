"""The desk of whoever lets people in: accounts, roles, passwords, sessions."""
