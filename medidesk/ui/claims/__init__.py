"""Claims: what insurers are asked to pay, what they answer and pay, and who pays the rest."""
