"""What MediDesk's speed and memory are held to, each figure beside the floor that was measured with it."""
