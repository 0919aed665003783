"""PostgreSQL beside SQLite: the same statements, through psycopg 3."""
