"""Photos as pixels and as what their files tell: Pillow is used here and nowhere else in the client."""
