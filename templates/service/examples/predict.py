"""Ask the running service about the flights in request.json; it needs nothing but Python."""

import json
import os
import urllib.error
import urllib.request
from pathlib import Path

URL = os.environ.get("SERVICE_URL", "http://127.0.0.1:8000") + "/predict"

body = Path(__file__).with_name("request.json").read_bytes()
request = urllib.request.Request(URL, body, {"Content-Type": "application/json"})
try:
    with urllib.request.urlopen(request, timeout=5) as response:
        answer = json.load(response)
except urllib.error.HTTPError as error:  # a problem document that says what is wrong
    raise SystemExit(error.read().decode()) from None
except OSError as error:
    raise SystemExit(f"Nobody answers at {URL} ({error}): is the service running?") from None

for flight, prediction in zip(json.loads(body), answer["predictions"], strict=True):
    late = prediction["probabilities"]["late"]
    print(f"{flight['carrier']} to {flight['dest']} at {flight['hour']:02}:00: {late:.0%} late")
