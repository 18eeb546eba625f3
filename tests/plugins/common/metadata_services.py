#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Metadata services at the addresses that clouds give them, and a store: metadata_services.py CERTIFICATE.

Run in a network of its own, whose loopback has these addresses. Each service answers what its cloud does and
401 or 404 else. The store (https, port 8443, any path) answers with whose keys a request was signed: the key
and the session's token, or the bearer token. Prints "ready" once all listen.
"""
import http.server
import json
import re
import ssl
import sys
import threading
import urllib.parse

LATER = "2100-01-01T00:00:00Z"


class Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, text="", headers=()):
        body = text.encode()
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def keys(key, **more):
    return json.dumps({"Code": "Success", "Expiration": LATER, key: "AK", "SecretAccessKey": "secret", **more})


class Ec2AndAzure(Quiet):
    """169.254.169.254. EC2 wants a token for all but the token; Azure the header Metadata."""

    def do_PUT(self):
        wanted = self.path == "/latest/api/token" and self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
        self.reply(200, "ec2-token") if wanted else self.reply(404)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/metadata/identity/oauth2/token":
            resource = dict(urllib.parse.parse_qsl(url.query)).get("resource")
            if self.headers.get("Metadata") != "true" or resource != "https://storage.azure.com/":
                return self.reply(400)
            return self.reply(200, json.dumps({"access_token": "identity-token", "expires_in": "3600"}))
        if self.headers.get("X-aws-ec2-metadata-token") != "ec2-token":
            return self.reply(401)
        folder = "/latest/meta-data/iam/security-credentials/"
        pages = {folder: "the role", folder + "the%20role": keys("AccessKeyId", Token="instance-session")}
        self.reply(200, pages[url.path]) if url.path in pages else self.reply(404)


class Container(Quiet):
    """169.254.170.2, with the path that the container was told."""

    def do_GET(self):
        wanted = self.path == "/v2/credentials/of-the-task"
        self.reply(200, keys("AccessKeyId", Token="task-session")) if wanted else self.reply(404)


class Ecs(Quiet):
    """100.100.100.200, hardened: without a token it answers 403."""

    def do_PUT(self):
        wanted = self.path == "/latest/api/token" and self.headers.get("X-aliyun-ecs-metadata-token-ttl-seconds")
        self.reply(200, "ecs-token") if wanted else self.reply(404)

    def do_GET(self):
        if self.headers.get("X-aliyun-ecs-metadata-token") != "ecs-token":
            return self.reply(403)
        folder = "/latest/meta-data/ram/security-credentials/"
        document = keys("AccessKeyId", AccessKeySecret="secret", SecurityToken="ram-session")
        pages = {folder: "ram-role", folder + "ram-role": document}
        self.reply(200, pages[self.path]) if self.path in pages else self.reply(404)


class Store(Quiet):
    def do_GET(self):
        who = self.headers.get("Authorization", "nobody")
        key = re.search(r"(?:Credential=|OSS )(\w+)[/:]", who)
        token = self.headers.get("X-Amz-Security-Token") or self.headers.get("x-oss-security-token")
        text = f"{key[1]} {token}" if key else who
        headers = [("ETag", '"1"'), ("Last-Modified", "Thu, 26 Nov 2026 00:00:00 GMT"), ("x-ms-blob-type", "BlockBlob")]
        if self.headers.get("Range") or self.headers.get("x-ms-range"):
            headers.append(("Content-Range", f"bytes 0-{len(text) - 1}/{len(text)}"))
            return self.reply(206, text, headers)
        return self.reply(200, text, headers)

    do_HEAD = do_GET


def serve(address, handler, certificate=None):
    server = http.server.ThreadingHTTPServer(address, handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever).start()


serve(("169.254.169.254", 80), Ec2AndAzure)
serve(("169.254.170.2", 80), Container)
serve(("100.100.100.200", 80), Ecs)
serve(("127.0.0.1", 8443), Store, sys.argv[1])
print("ready", flush=True)
