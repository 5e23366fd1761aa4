"""What people see: the shell, the kit of shared pieces, and one package per module."""
