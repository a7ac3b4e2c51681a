"""What a form is once it is read: items, choices, texts and what stands beside them."""
