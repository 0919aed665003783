"""Where everything durable lives: tables, migrations, one writer, many readers."""
