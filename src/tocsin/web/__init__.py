"""The web edge: intake in front, then API and pages. It acts through the engine's door and reads lists."""
