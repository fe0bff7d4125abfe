"""The lesson's protected route in Flask: tokens are checked here, and a revoked one is refused within a second."""
import flask, functools, json, jwt, math, os, threading, time, urllib.request

ISSUER, CREDENTIAL = os.environ["COUNTERFOIL_ISSUER"], os.environ["COUNTERFOIL_CREDENTIAL"]
AUDIENCE, ALGORITHMS = os.environ.get("COUNTERFOIL_AUDIENCE", ISSUER), ["ES256", "EdDSA", "RS256"]
CLAIMS = {"require": ["exp", "iat", "sub", "sid", "roles", "claims_version"], "verify_exp": False, "verify_iat": False}
FACTS = {"session-revoked": ("sid", 960), "claims-changed": ("sub", 960), "key-revoked": ("kid", math.inf)}
REFUSALS = {"not_authenticated": (401, {"WWW-Authenticate": "Bearer"}), "unavailable": (503, {"Retry-After": "1"}),
            "insufficient_role": (403, {"WWW-Authenticate": 'Bearer error="insufficient_scope"'})}
app, lock, keys, keys_at, failed_at = flask.Flask(__name__), threading.Lock(), {}, -math.inf, -math.inf
known = {"asked": (-math.inf, -math.inf), "clock": 0, "cursor": "", "facts": {}}  # "clock" makes the monotonic one the server's

def refuse(code, otherwise=(401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})):
    flask.abort(flask.make_response({"error": "Refused.", "code": code}, *REFUSALS.get(code, otherwise)))

def get(path):
    request = urllib.request.Request(ISSUER + path, headers={"Accept": "application/json"})
    request.add_unredirected_header("Authorization", f"Bearer {CREDENTIAL}")
    return json.load(urllib.request.urlopen(request, timeout=1))

def is_fresh(known):  # on both clocks: the monotonic one may stand still while the machine sleeps
    return time.monotonic() - known["asked"][0] < 1 and time.time() - known["asked"][1] < 1

def catch_up(kid):
    global keys, keys_at, failed_at, known
    with lock:  # one asks for all that wait, and none for half a second after a failure
        if time.monotonic() - failed_at < 0.5: return
        try:
            if time.monotonic() - keys_at > (300 if kid in keys else 10):  # a stranger may send any kid
                jwks, keys_at = jwt.PyJWKSet.from_dict(get("/.well-known/jwks.json")), time.monotonic()
                keys = {jwk.key_id: jwk.key for jwk in jwks.keys}
            known, failed_at = known if is_fresh(known) else read_feed(), -math.inf
        except Exception as error:  # whatever it is, it is no fault of the token's
            app.logger.warning("The server cannot be asked: %r", error)
            failed_at = time.monotonic()

def read_feed():
    asked = time.monotonic(), time.time()  # what the server reads for this, it reads later
    told = get(f"/revocations?since={known['cursor']}")
    if (told["version"], told["issuer"]) != (1, ISSUER): raise ValueError("that is another feed")
    facts = {} if told["complete"] else {name: fact for name, fact in known["facts"].items() if asked[0] < fact[1]}
    for entry in told["entries"]:
        member, seconds = FACTS[entry["type"]]  # a KeyError for another type: what it revokes nobody here knows
        name, version = (member, entry[member]), entry["claims_version"] if member == "sub" else math.inf
        facts[name] = max((version, asked[0] + seconds), facts.get(name, (0, 0)))
    return {"asked": asked, "clock": told["ledger_time"] / 1000 - asked[0], "cursor": told["cursor"], "facts": facts}

def token_required(view, role=None):
    @functools.wraps(view)
    def checked(**path):
        scheme, _, token = flask.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer": refuse("not_authenticated")
        try:
            header = jwt.get_unverified_header(token)
            catch_up(kid := header.get("kid"))
            key = keys.get(kid) or refuse("unavailable" if failed_at > 0 else "invalid_token")
            claims = jwt.decode(token, key, ALGORITHMS, CLAIMS, audience=AUDIENCE, issuer=ISSUER)
        except (jwt.PyJWTError, TypeError):
            refuse("invalid_token")
        told, iat, exp, now = known, claims["iat"], claims["exp"], time.monotonic()
        for name in ("sid", claims["sid"]), ("kid", kid), ("sub", claims["sub"]):
            if claims["claims_version"] < told["facts"].get(name, (0, 0))[0]:
                refuse("claims_changed" if name[0] == "sub" else "invalid_token")
        if not is_fresh(told): refuse("unavailable")
        is_good = header.get("typ") == "at+jwt" and 0 < exp - iat <= 900 and iat - 5 <= told["clock"] + now < exp + 5
        if not is_good: refuse("invalid_token")
        if role not in [None, *claims["roles"]]: refuse("insufficient_role")
        return view(claims, **path)
    return checked

@app.get("/dashboard")
@token_required
def dashboard(claims):
    return {"message": f"Welcome {claims['sub']}"}

@app.get("/admin")
@functools.partial(token_required, role="admin")
def admin(claims):
    return {"message": f"Welcome, {claims['sub']}: you may read this."}
