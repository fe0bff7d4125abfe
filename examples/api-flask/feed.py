"""The revocation feed, read when it is needed: policy catch-up."""
import json
import threading
import time
from urllib.request import Request, urlopen

BOUND, TTL = 1.0, 16 * 60  # seconds: from a revocation to its refusal; how long an entry matters


class Feed:
    """What was revoked. Read before a request is answered, if it was last read a second ago."""

    def __init__(self, issuer, credential):
        self.issuer, self.credential = issuer, credential
        self.lock, self.since, self.as_of, self.failed_at = threading.Lock(), None, None, -BOUND
        self.sids, self.versions, self.kids = {}, {}, set()

    def fresh(self):  # both clocks: the monotonic one may stand still while the machine sleeps
        return self.as_of is not None and max(time.monotonic() - self.as_of[0], time.time() - self.as_of[1]) < BOUND

    def catch_up(self):
        with self.lock:  # one request for all that wait
            if self.fresh() or time.monotonic() - self.failed_at < BOUND / 2:
                return
            asked = (time.monotonic(), time.time())
            try:
                query = f"?since={self.since}" if self.since else ""
                headers = {"Authorization": f"Bearer {self.credential}", "Accept": "application/json"}
                with urlopen(Request(f"{self.issuer}/revocations{query}", headers=headers), timeout=2) as answer:
                    self.apply(json.load(answer))
                self.as_of = asked  # the server's read began after that
            except (OSError, ValueError, KeyError):
                self.failed_at = time.monotonic()

    def apply(self, told):
        if told["version"] != 1 or told["issuer"] != self.issuer:
            raise ValueError("not a feed that this service knows")
        now, old = time.monotonic(), time.monotonic() - TTL
        sids, versions, kids = ({}, {}, set()) if told["complete"] else (self.sids, self.versions, self.kids)
        for entry in told["entries"]:
            if entry["type"] == "session-revoked":
                sids[entry["sid"]] = now
            elif entry["type"] == "claims-changed":
                newest = max(entry["claims_version"], versions.get(entry["sub"], (0, 0))[0])
                versions[entry["sub"]] = (newest, now)
            elif entry["type"] == "key-revoked":
                kids.add(entry["kid"])
            else:
                raise ValueError("an entry that this service does not know: it must not be skipped")
        self.sids = {sid: at for sid, at in sids.items() if at > old}
        self.versions = {sub: told for sub, told in versions.items() if told[1] > old}
        self.kids, self.since = kids, told["cursor"]

    def refusal(self, kid, claims):
        """The code to refuse a token with that is good by itself, or None."""
        if claims["sid"] in self.sids or kid in self.kids:
            return "invalid_token"
        if claims["claims_version"] < self.versions.get(claims["sub"], (0, 0))[0]:
            return "claims_changed"
        return None if self.fresh() else "unavailable"
