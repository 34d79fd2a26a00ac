"""Files that ship with the program: the bundled model, the list of names, templates."""
