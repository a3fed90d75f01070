import json
import os
import sys

import jwt

print(
    jwt.encode(
        json.load(sys.stdin),
        os.environ["BETTER_AUTH_SECRET"],
        algorithm="HS256",
        headers={"typ": "at+jwt"},
    )
)
