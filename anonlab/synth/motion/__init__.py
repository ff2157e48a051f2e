"""How people stand, move and handle things, and which actions that is."""
