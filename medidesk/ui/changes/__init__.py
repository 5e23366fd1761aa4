"""What waits to be sent, and what needs a person: the page of this station's changes."""
