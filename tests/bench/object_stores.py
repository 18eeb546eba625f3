#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The object stores on the servers of tests/servers, against bare curl with a signed URL and against
other clients: object_stores.py s3|azure|swift|oss [large] [latency] [small] [list], all by default.

    BUILD=build LARGE_MIB=256 OBJECTS=2000 AT_ONCE=1,16 ROUNDS=3 CLIENTS=berth,curl,rclone      the defaults

large: one object up and down. latency: one small get after the other on a kept connection, against
curl_easy_perform. small: OBJECTS objects of 4 KiB, 1 and 16 at once, as files of a folder. list: their names.
Each round runs all clients in turn. CLIENTS is for `small` alone: Azurite needs longer for each request the
more blobs it has, and far longer to replace one, so there each client gets a server of its own. One line for each run: wall seconds, the client's processor seconds
(user and system), its peak MiB; then the medians. Downloads of large objects go to /dev/null, since a
file's pages would cost more than all else. The servers run on the same machine: much of the wall time is
theirs, processor time is ours. A peak below that of this program, 19 MiB, does not show.
"""
import base64
import hashlib
import hmac
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("BUILD", os.path.join(HERE, "../../build")))
BERTH = os.path.join(BUILD, "core/cli/berth")
RAW_GETS = os.path.join(BUILD, "tests/bench/raw-gets")
LARGE_MIB = int(os.environ.get("LARGE_MIB", "256"))
OBJECTS = int(os.environ.get("OBJECTS", "2000"))
AT_ONCE = [int(number) for number in os.environ.get("AT_ONCE", "1,16").split(",")]
ROUNDS = int(os.environ.get("ROUNDS", "3"))
CLIENTS = os.environ.get("CLIENTS", "berth,curl,rclone").split(",")


def server(name):
    """The value of a variable that a server script exports."""
    value = os.environ.get(name)
    if not value:
        sys.exit(f"{name} is not set; start the server by its script in tests/servers")
    return value


class S3:
    """Ceph's gateway, by path-style addresses."""

    upload_headers = []

    def __init__(self):
        self.bucket = server("BERTH_CEPH_S3_BUCKET")
        key, secret = server("BERTH_CEPH_S3_ACCESS_KEY"), server("BERTH_CEPH_S3_SECRET_KEY")
        self.endpoint = server("BERTH_CEPH_S3_ENDPOINT")
        common = {"regionendpoint": self.endpoint, "bucket": self.bucket, "accesskey": key, "secretkey": secret,
                  "rootdirectory": "bench"}
        self.driver = "s3"
        self.stores = {"s": {**common, "payloadsigning": "unsigned"}, "signed": {**common, "payloadsigning": "signed"}}
        os.environ.update(
            AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret, AWS_DEFAULT_REGION="default",
            AWS_EC2_METADATA_DISABLED="true", RCLONE_CONFIG_R_TYPE="s3", RCLONE_CONFIG_R_PROVIDER="Ceph",
            RCLONE_CONFIG_R_ENDPOINT=self.endpoint, RCLONE_CONFIG_R_NO_CHECK_BUCKET="true",
            RCLONE_CONFIG_R_ACCESS_KEY_ID=key, RCLONE_CONFIG_R_SECRET_ACCESS_KEY=secret)
        self.rclone = f"r:{self.bucket}/bench"

    def aws(self, verb, *paths):
        places = [f"s3://{self.bucket}/bench/{p[4:]}" if p.startswith("aws:") else p for p in paths]
        return ["aws", "--endpoint-url", self.endpoint, "s3", verb, *places]


class Azure:
    """Azurite."""

    upload_headers = ["-H", "x-ms-blob-type: BlockBlob"]
    aws = None

    def __init__(self):
        self.url, self.account = server("BERTH_AZURITE_URL"), server("BERTH_AZURITE_ACCOUNT")
        self.key = server("BERTH_AZURITE_KEY")
        self.driver = "azure"
        self.stores = {"s": {"serviceurl": self.url, "accountname": self.account, "accountkey": self.key,
                             "container": "bench", "createcontainer": True}}
        self.rclone = f":azureblob,sas_url='{self.container_url()}':bench"

    def container_url(self):
        """rclone 1.60 cannot use an emulator on another port, but it accepts a SAS URL of the container."""
        query = {"sp": "racwdl", "se": "2099-01-01T00:00:00Z", "spr": "https,http", "sv": "2020-10-02", "sr": "c"}
        text = "\n".join([query["sp"], "", query["se"], f"/blob/{self.account}/bench", "", "", query["spr"],
                          query["sv"], query["sr"], "", "", "", "", "", ""])
        digest = hmac.new(base64.b64decode(self.key), text.encode(), hashlib.sha256).digest()
        query["sig"] = base64.b64encode(digest).decode()
        return self.url + "/bench?" + urllib.parse.urlencode(query)


class Swift:
    """OpenStack Swift with tempauth."""

    upload_headers = []
    aws = None

    def __init__(self):
        auth, user = server("BERTH_SWIFT_AUTH"), server("BERTH_SWIFT_USER")
        password = server("BERTH_SWIFT_PASSWORD")
        self.driver = "swift"
        self.stores = {"s": {"authurl": auth, "username": user, "password": password, "container": "bench"}}
        os.environ.update(RCLONE_CONFIG_R_TYPE="swift", RCLONE_CONFIG_R_AUTH=auth, RCLONE_CONFIG_R_USER=user,
                          RCLONE_CONFIG_R_KEY=password, RCLONE_CONFIG_R_AUTH_VERSION="1")
        self.rclone = "r:bench/files"


class Oss:
    """The server of tests/servers/oss.js; rclone does not support its protocol."""

    upload_headers = []
    aws = rclone = None

    def __init__(self):
        self.driver = "oss"
        self.stores = {"s": {"endpoint": server("BERTH_OSS_ENDPOINT"), "region": server("BERTH_OSS_REGION"),
                             "bucket": server("BERTH_OSS_BUCKET"), "accesskeyid": server("BERTH_OSS_ACCESS_KEY_ID"),
                             "accesskeysecret": server("BERTH_OSS_ACCESS_KEY_SECRET")}}


class Report:
    """Runs commands and records their times."""

    def __init__(self):
        self.runs = {}

    def run(self, what, who, command, count=0):
        """Times a command. With a count, the line also has the rate per second."""
        start = time.monotonic()
        with open("errors", "w+b") as errors:
            child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.monotonic() - start
            errors.seek(0)
            if status != 0:
                sys.exit(f"{what}, {who} failed: {errors.read().decode()[-500:]}")
        self.add(what, who, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, count)

    def add(self, what, who, seconds, cpu, mib, count=0):
        self.runs.setdefault((what, who, count), []).append((seconds, cpu, mib))
        print(self.line(what, who, count, seconds, cpu, mib), flush=True)

    @staticmethod
    def line(what, who, count, seconds, cpu, mib):
        rate = f"{count / seconds:8.0f}/s" if count else ""
        return f"{what:30} {who:14} {seconds:8.2f} s {cpu:7.2f} cpu {mib:7.1f} MiB {rate}"

    def medians(self):
        print(f"\nmedians of {ROUNDS}")
        for (what, who, count), runs in self.runs.items():
            print(self.line(what, who, count, *(statistics.median(column) for column in zip(*runs))))


class Bench:
    def __init__(self, service):
        self.service = service
        self.report = Report()
        self.filled = False
        with open("berth.json", "w", encoding="utf-8") as config:
            json.dump({"plugins": {"directories": [os.path.join(BUILD, "plugins")]},
                       "stores": {name: {"driver": service.driver, "parameters": {**store, "proxy": "none"}}
                                  for name, store in service.stores.items()}}, config)
        os.environ.update(BERTH_CONFIG=os.path.abspath("berth.json"), RCLONE_CONFIG="/dev/null", HOME=os.getcwd())

    @staticmethod
    def berth(*arguments):
        return subprocess.run([BERTH, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    def large(self):
        subprocess.run(f"head -c {LARGE_MIB}M /dev/urandom >blob", shell=True, check=True)
        self.berth("put", "blob", "s:/large/ours")
        if subprocess.run(f"'{BERTH}' cat s:/large/ours | cmp -s - blob", shell=True, check=False).returncode:
            sys.exit("the downloaded bytes differ from the uploaded ones")
        up, down = f"upload {LARGE_MIB} MiB", f"download {LARGE_MIB} MiB"
        service = self.service
        for _ in range(ROUNDS):
            for store in service.stores:
                who = "berth" if store == "s" else f"berth, {store}"
                self.report.run(up, who, [BERTH, "put", "blob", f"{store}:/large/ours"])
            url = self.berth("url", "--method", "PUT", "s:/large/curl")
            self.report.run(up, "curl", ["curl", "-sSf", "-T", "blob", *service.upload_headers, url])
            if service.rclone:
                copy = ["rclone", "copyto", "-q", "--ignore-times", "blob", service.rclone + "/large/rclone"]
                self.report.run(up, "rclone", copy)
            if service.aws:
                self.report.run(up, "aws", service.aws("cp", "blob", "aws:large/aws"))
        # All clients read the object that Berth wrote, and not right after an upload, when the server is still busy.
        for _ in range(ROUNDS):
            self.report.run(down, "berth", [BERTH, "cat", "s:/large/ours"])
            self.report.run(down, "curl", ["curl", "-sSf", "-o", "/dev/null", self.berth("url", "s:/large/ours")])
            if service.rclone:
                self.report.run(down, "rclone", ["rclone", "cat", "-q", service.rclone + "/large/ours"])
            if service.aws:
                self.report.run(down, "aws", service.aws("cp", "aws:large/ours", "-"))
        self.berth("rm", "-r", "s:/large")

    def files(self):
        """A folder of OBJECTS files of 4 KiB."""
        if os.path.isdir("files"):
            return
        os.mkdir("files")
        for number in range(OBJECTS):
            with open(f"files/object-{number}", "wb") as file:
                file.write(bytes(4096))

    def latency(self):
        self.files()
        self.berth("cp", "-r", "files", "s:/row")
        with open("urls", "w", encoding="utf-8") as urls:
            urls.write(self.berth("url", "--expires", "2h", *(f"s:/row/object-{n}" for n in range(OBJECTS))))
        what = "get of 4 KiB, in a row"
        for _ in range(ROUNDS):
            self.report.run(what, "berth", [BERTH, "cat", *(f"s:/row/object-{n}" for n in range(OBJECTS))], OBJECTS)
            self.report.run(what, "curl", [RAW_GETS, "urls"], OBJECTS)
        self.berth("rm", "-r", "s:/row")

    def small(self):
        self.files()
        self.berth("put", "files/object-0", "s:/first")  # creates a container
        for threads in AT_ONCE:
            puts, gets = f"put of 4 KiB, {threads} at once", f"get of 4 KiB, {threads} at once"
            for _ in range(ROUNDS):
                if "berth" in CLIENTS:
                    self.copy(puts, gets, "berth", [BERTH, "cp", "-r", "-j", str(threads)], "s:/small")
                if "curl" in CLIENTS:
                    self.bare(puts, gets, threads)
                if "rclone" in CLIENTS and self.service.rclone:
                    copy = ["rclone", "copy", "-q", "--ignore-times", "--transfers", str(threads)]
                    self.copy(puts, gets, "rclone", copy, self.service.rclone + "/small")
        self.filled = True

    def bare(self, puts, gets, threads):
        """curl with signed URLs and as many connections: the limit of the server on this machine."""
        for method, what in (("PUT", puts), ("GET", gets)):
            urls = self.berth("url", "--expires", "2h", "--method", method,
                              *(f"s:/small/object-{n}" for n in range(OBJECTS))).split()
            there = tempfile.mkdtemp(dir=".")
            way = "output" if method == "GET" else "upload-file"
            folder = there if method == "GET" else "files"
            with open("transfers", "w", encoding="utf-8") as config:
                config.writelines(f'url = "{url}"\n{way} = "{folder}/object-{n}"\n' for n, url in enumerate(urls))
            headers = self.service.upload_headers if method == "PUT" else []
            command = ["curl", "-sSf", "--parallel", "--parallel-max", str(threads), *headers, "-K", "transfers"]
            self.report.run(what, "curl", command, OBJECTS)

    def copy(self, puts, gets, who, command, there):
        self.report.run(puts, who, [*command, "files", there], OBJECTS)
        # Each time a new folder, none removed: ext4 spends half a millisecond on each new file when many
        # were deleted within the last five seconds.
        self.report.run(gets, who, [*command, there, tempfile.mkdtemp(dir=".")], OBJECTS)

    def list(self):
        if not self.filled:
            self.small()
        what = f"list of {OBJECTS}"
        for _ in range(ROUNDS):
            self.report.run(what, "berth", [BERTH, "ls", "s:/small"])
            if self.service.rclone:
                self.report.run(what, "rclone", ["rclone", "lsf", "-q", self.service.rclone + "/small"])
            if self.service.aws:
                self.report.run(what, "aws", self.service.aws("ls", "aws:small/"))
        self.report.run(f"remove {OBJECTS}", "berth", [BERTH, "rm", "-r", "s:/small"])


def main():
    services = {"s3": S3, "azure": Azure, "swift": Swift, "oss": Oss}
    workloads = ["large", "latency", "small", "list"]
    if len(sys.argv) < 2 or sys.argv[1] not in services or not set(sys.argv[2:]) <= set(workloads):
        sys.exit(__doc__)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "AWS_CA_BUNDLE"):
        os.environ.pop(name, None)
    os.umask(0o077)
    start = os.getcwd()
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        bench = Bench(services[sys.argv[1]]())
        for workload in sys.argv[2:] or workloads:
            getattr(bench, workload)()
        bench.report.medians()
        os.chdir(start)


if __name__ == "__main__":
    main()
