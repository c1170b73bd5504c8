#!/usr/bin/env python3
"""Sends a coordination request to the service and reads its history, with nothing but Python's standard library.

    python3 docs/examples/quickstart.py [URL]       default http://127.0.0.1:3000

A service with API keys gets the one in the environment variable COORDINATION_API_KEY.
"""

import json
import os
import sys
import urllib.error
import urllib.request
import uuid

URL = (sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:3000").rstrip("/")
HERE = os.path.dirname(os.path.abspath(__file__))


def call(method, path, body=None, headers=None):
    """The answer and its headers; a refusal is printed with the fields that it is about."""
    request = urllib.request.Request(URL + path, method=method, headers={"accept": "application/json", **(headers or {})})
    if "COORDINATION_API_KEY" in os.environ:
        request.add_header("authorization", "Bearer " + os.environ["COORDINATION_API_KEY"])
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("content-type", "application/json")
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer), answer.headers
    except urllib.error.HTTPError as refused:
        problem = json.load(refused)
        print(f"{refused.code} {problem.get('detail', problem.get('title'))}", file=sys.stderr)
        for error in problem.get("errors", []):
            print(f"  {error['pointer']}: {error['message']}; accepted: {error.get('accepted', '-')}", file=sys.stderr)
        sys.exit(2)
    except urllib.error.URLError as failed:
        sys.exit(f"nothing answers at {URL} ({failed.reason}); start the service with npm start")


with open(os.path.join(HERE, "request.json"), encoding="utf-8") as file:
    wanted = json.load(file)

# the same key and body gives the first answer again: a repeat after a lost connection changes nothing
answer, headers = call("POST", "/coordinate", wanted, {"idempotency-key": str(uuid.uuid4())})
print(f"{answer['coordination_id']}: {answer['status']}, {answer['optimality_gap_bps']:.4f} bp from the best there can be")
for decision in answer["decisions"]:
    print(f"  {decision['action']:4} {decision['quantity']:6.0f} {decision['instrument_id']}: {decision['coordination_reasoning'][0]}")
for refusal in answer["rejected_signals"]:
    print(f"  {refusal['signal_id']} refused: {refusal['reason']}")

# a query that is sent the position of a command waits until it can see what the command did
position = {"coordination-position": headers["coordination-position"]}
history, _ = call("GET", "/decisions?instrument_id=XOM&limit=3", headers=position)
print("the last decisions on XOM:")
for decision in history["decisions"]:
    print(f"  {decision['timestamp']} {decision['action']} {decision['quantity']:.0f} ({decision['coordination_id']})")
