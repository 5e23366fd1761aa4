"""The desk of whoever reckons up: reports on the screen, on paper and for spreadsheets."""
