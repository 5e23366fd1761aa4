"""Who is at the desk: the first window of every day, and the one a locked station shows."""
