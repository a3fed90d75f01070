# python3 verify.py <token>: prints whose access token it is, or fails. Needs: pip install PyJWT
import os, sys
import jwt


def user_of(token):
    if jwt.get_unverified_header(token).get("typ") != "at+jwt":
        raise jwt.InvalidTokenError("not an access token")
    origin = os.environ["BETTER_AUTH_URL"]
    claims = jwt.decode(
        token, os.environ["BETTER_AUTH_SECRET"], algorithms=["HS256"],
        issuer=origin, audience=origin + "/api", leeway=5,
        options={"require": ["exp", "iat", "iss", "aud", "sub"]})
    if not isinstance(claims["sub"], str) or claims["sub"] == "":
        raise jwt.InvalidTokenError("no subject")
    return claims["sub"]


print(user_of(sys.argv[1]))
