"""What runs inside the sandbox: the standard library and IPython only, nothing of the rest of the kit."""
