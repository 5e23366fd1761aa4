"""The fault harness: real stations, a real server and a network between them, and everything that can go wrong.

A seed draws a plan (`plan`): steps of work (`work`), faults (`network`, `server`, `rights`, `pcs`) and quiets.
A world (`world`) carries it out; after each quiet the oracle (`oracle`) compares what people were told with what
is there. `run` does one seed from start to end.
"""
