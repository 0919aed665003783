"""Virtual time: flows run against invented customers, and no real second passes."""
