"""Ask the running service about two flights; nothing but Python is needed."""

import json
import os
import urllib.request
from pathlib import Path

url = os.environ.get("SERVICE_URL", "http://127.0.0.1:8000") + "/predict"
body = Path(__file__).with_name("request.json").read_bytes()
request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
with urllib.request.urlopen(request, timeout=5) as response:
    answer = json.load(response)

for flight, prediction in zip(json.loads(body), answer["predictions"], strict=True):
    chance = prediction["probabilities"]["late"]
    print(f"{flight['carrier']} to {flight['dest']} at {flight['hour']}:00: {chance:.0%} late")
