"""How the branch is doing: the day, the waiting, the money; each figure opens its list."""
