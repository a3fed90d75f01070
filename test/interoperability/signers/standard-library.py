# Makes a token by the recipe of docs/access-tokens.md with nothing but Python's own library.
import base64
import hashlib
import hmac
import json
import os
import sys


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


header = {"alg": "HS256", "typ": "at+jwt"}
parts = [encode(json.dumps(part).encode()) for part in (header, json.load(sys.stdin))]
key = os.environ["BETTER_AUTH_SECRET"].encode()
parts.append(encode(hmac.new(key, b".".join(parts), hashlib.sha256).digest()))
print(b".".join(parts).decode())
