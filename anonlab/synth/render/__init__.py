"""Cameras, lights and surfaces: meshes in, pictures out."""
