"""Arrivals and the queue: check-in, tickets, who is called next, and the board for a second screen."""
