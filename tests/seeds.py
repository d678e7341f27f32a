"""Random walks take another way on each database: together one run of the suite takes both."""

from django.db import connection

SEED = 2 if connection.vendor == "postgresql" else 1
