"""The schema of every table that crosses a stage: columns in their order, with types and bounds."""
