# Makes a token by the recipe of docs/access-tokens.md with a shell and openssl.
set -eu
encode() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
input=$(printf '{"alg":"HS256","typ":"at+jwt"}' | encode).$(encode)
signature=$(printf %s "$input" | openssl dgst -sha256 -hmac "$BETTER_AUTH_SECRET" -binary | encode)
printf '%s.%s' "$input" "$signature"
