"""How expressions are read and computed: the ODK dialect of XPath as JavaRosa does it."""
