"""The machine that moves one run: its states, its moves, its steps."""
