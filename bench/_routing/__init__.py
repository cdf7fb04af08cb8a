"""What the routing benchmark is made of: instances, a generator of them, their bound, and policies by the engine's own code."""
