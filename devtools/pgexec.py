"""Run SQL from standard input on one database and print the rows, tab-separated.

The one file here that `./dev` runs with its own environment's Python, which has
psycopg2: `python pgexec.py DATABASE < statement.sql`. PG* variables say where.
"""

import sys

import psycopg2


def main(database: str) -> int:
    """Execute stdin outside a transaction, as CREATE DATABASE asks for."""
    try:
        connection = psycopg2.connect(dbname=database)
    except psycopg2.Error as error:
        print(error, file=sys.stderr)
        return 2
    connection.autocommit = True
    with connection.cursor() as cursor:
        try:
            cursor.execute(sys.stdin.read())
        except psycopg2.Error as error:
            print(error, file=sys.stderr)
            return 3
        for row in cursor.fetchall() if cursor.description else ():
            print(*("" if value is None else value for value in row), sep="\t")
    connection.close()
    return 0


sys.exit(main(sys.argv[1]))
