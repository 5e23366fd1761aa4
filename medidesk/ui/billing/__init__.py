"""The cashier's windows: what is to be billed and paid, the drawer, money given back."""
