"""The lesson's protected route in Flask: tokens are checked here, and a revoked one is refused within a second."""
import os
from functools import wraps

import jwt
from flask import Flask, g, jsonify, request

from feed import Feed

ISSUER = os.environ["COUNTERFOIL_ISSUER"]
AUDIENCE = os.environ.get("COUNTERFOIL_AUDIENCE", ISSUER)

app = Flask(__name__)
keys = jwt.PyJWKClient(ISSUER + "/.well-known/jwks.json")  # the keys are fetched once and kept for five minutes
feed = Feed(ISSUER, os.environ["COUNTERFOIL_CREDENTIAL"])  # of `counterfoil verifiers add flask`

ERRORS = {
    "not_authenticated": (401, "Sign in first: no credential came with the request.", "Bearer"),
    "invalid_token": (401, "That access token is not accepted.", 'Bearer error="invalid_token"'),
    "claims_changed": (401, "What the token says has changed: refresh it.", 'Bearer error="invalid_token"'),
    "insufficient_role": (403, "This takes another role.", 'Bearer error="insufficient_scope"'),
    "unavailable": (503, "Temporarily unable to answer: try again shortly.", None),
}


def refuse(code):
    status, sentence, challenge = ERRORS[code]
    headers = {"WWW-Authenticate": challenge} if challenge else {"Retry-After": "1"}
    return jsonify({"error": sentence, "code": code}), status, headers


def check(token):
    """The token's claims, or the code to refuse it with."""
    try:
        header = jwt.get_unverified_header(token)
        key = keys.get_signing_key(header["kid"]).key
        required = ["exp", "iat", "sub", "sid", "jti", "roles", "claims_version"]
        claims = jwt.decode(token, key, ["ES256", "EdDSA", "RS256"], {"require": required},
                            audience=AUDIENCE, issuer=ISSUER, leeway=5)
    except jwt.PyJWKClientError as error:
        return "invalid_token" if "Unable to find" in str(error) else "unavailable"
    except (jwt.InvalidTokenError, KeyError):
        return "invalid_token"
    if header.get("typ") != "at+jwt" or claims["exp"] - claims["iat"] > 900:
        return "invalid_token"
    feed.catch_up()
    return feed.refusal(header["kid"], claims) or claims


def token_required(role=None):
    def decorate(view):
        @wraps(view)
        def checked(*args, **kwargs):
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            claims = check(token) if scheme.lower() == "bearer" else "not_authenticated"
            if isinstance(claims, str):
                return refuse(claims)
            if role and role not in claims["roles"]:
                return refuse("insufficient_role")
            g.claims = claims
            return view(*args, **kwargs)
        return checked
    return decorate


@app.route("/dashboard")
@token_required()
def dashboard():
    return jsonify({"message": f"Welcome {g.claims['sub']}"})


@app.route("/admin")
@token_required(role="admin")
def admin():
    return jsonify({"message": f"Welcome, {g.claims['roles'][0]}"})


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "5000")), threaded=True)
