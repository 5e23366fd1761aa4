"""The desk of whoever runs the clinic: who works here, in which departments and branches."""
