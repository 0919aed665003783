"""What makes flows run: the worker, the schedules, the sender and the service that holds them."""
