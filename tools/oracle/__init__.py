"""The oracle: what JavaRosa, the engine of ODK Collect, answers to our corpus of expressions and forms."""
