"""Forms as data: XForm XML read into a model, and the engine that runs it."""
