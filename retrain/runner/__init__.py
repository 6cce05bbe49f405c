"""Running the loop: its parts as supervised threads of one process."""
