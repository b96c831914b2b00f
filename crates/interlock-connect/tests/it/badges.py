"""badges.py PORT FILE: a door that knows badges from a file, and the service that locks them.

The file has one badge a line: name, password, `open` or `locked`.
"""
import base64, hashlib, hmac, json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

FILE, KEY = sys.argv[2], os.environ["BADGES_SECRET"].encode()


def badges():
    with open(FILE) as file:
        return {line.split()[0]: line.split()[1:] for line in file if line.strip()}


def lock(name, state):
    rows = badges()
    rows[name][1] = state
    with open(FILE + ".new", "w") as file:
        file.writelines(f"{name} {password} {state}\n" for name, (password, state) in rows.items())
    os.replace(FILE + ".new", FILE)


class Door(BaseHTTPRequestHandler):
    def answer(self, status, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def opens(self):
        given = self.headers.get("authorization", "").removeprefix("Basic ")
        name, _, password = base64.b64decode(given).decode().partition(":")
        return badges().get(name) == [password, "open"]

    def do_GET(self):
        self.answer(200 if self.opens() else 401)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        head = ".".join(self.headers.get(it, "") for it in ("webhook-id", "webhook-timestamp")) + "."
        mac = hmac.new(KEY, head.encode() + body, hashlib.sha256).digest()
        signature = "v1," + base64.b64encode(mac).decode()
        if not hmac.compare_digest(self.headers.get("webhook-signature", ""), signature):
            return self.answer(401)
        asked = json.loads(body)
        if asked["call"] == "check":
            return self.answer(204)
        name = asked["target"]["principal"]
        if name not in badges():
            return self.answer(404)
        state = {"badge": badges()[name][1]}
        if asked["call"] == "read":
            self.answer(200, {"state": state, "wanted": {"badge": "locked"}})
        elif asked["call"] in ("write", "undo"):
            lock(name, asked["to"]["badge"])
            self.answer(204)
        elif asked["call"] == "verify":
            self.answer(200, {"holds": state == asked["to"], "state": state})
        else:
            self.answer(400, {"detail": "no such call"})

    def log_message(self, *_):
        pass


HTTPServer(("127.0.0.1", int(sys.argv[1])), Door).serve_forever()
