"""Synthetic recordings of people at work, with the exact truth beside every picture.

From below: `body` and `people` say what a person looks like, `posing` and `motions` how they stand and move, `rooms`
where; `renderer` draws it, `shots` decides from a seed who does what where, and `footage` makes the frames.
Nothing here knows a stage of the pipeline.
"""
