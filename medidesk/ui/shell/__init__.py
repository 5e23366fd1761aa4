"""The frame around every screen: rail, top bar, tabs, sheet, keys."""
