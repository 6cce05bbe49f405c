"""Runner of the loop: its components as supervised threads of one process."""
