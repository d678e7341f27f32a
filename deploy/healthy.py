"""Ends with 0 when the web server of this container answers, as it would answer the proxy."""

import http.client
import os
import sys

host = os.environ.get("ALLOWED_HOSTS", "127.0.0.1").split(",")[0]
line = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=5)
try:
    line.request("GET", "/healthz", headers={"Host": host})
    sys.exit(line.getresponse().status != 200)
except OSError as error:
    sys.exit(str(error))
