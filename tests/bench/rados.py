#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rados on the cluster of tests/servers/ceph.sh against the `rados` tool: rados.py [large] [small], both by
default.

    BUILD=build LARGE_MIB="256 1024" OBJECTS=2000 BENCH_SECONDS=3 ROUNDS=3      the defaults

large: one file up and down. The tool makes one object of it (`put`), or several (`--striper put`). small:
OBJECTS objects of 4 KiB at 1 and 16 at once, against `rados bench`, whose figures are those of BENCH_SECONDS
scaled to OBJECTS. Each round runs all in turn; one line for each run, then the medians, as object_stores.py
prints them. `rados put` needs a cluster that allows such an object:

    BERTH_CEPH_RGW=0 BERTH_CEPH_BYTES=12884901888 \\
      BERTH_CEPH_CONF_EXTRA=$'[osd]\\n osd max object size = 2147483648' tests/servers/ceph.sh start

OSD, monitor and client share the machine: most of the wall time is the OSD's, processor time is the client's.
"""
import json
import os
import re
import resource
import subprocess
import sys
import tempfile

from object_stores import BERTH, BUILD, OBJECTS, ROUNDS, Report, server

SIZES = os.environ.get("LARGE_MIB", "256 1024").split()
SECONDS = os.environ.get("BENCH_SECONDS", "3")


def children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Bench:
    def __init__(self):
        self.report = Report()
        pool, user = server("BERTH_CEPH_POOL"), server("BERTH_CEPH_USER")
        space = f"bench-{os.getpid()}"
        self.tool = ["rados", "-c", server("BERTH_CEPH_CONF"), "-n", user, "-p", pool, "-N", space]
        store = {"poolname": pool, "username": user, "namespace": space,
                 "configfile": server("BERTH_CEPH_CONF"), "keyring": server("BERTH_CEPH_KEYRING")}
        with open("berth.json", "w", encoding="utf-8") as config:
            json.dump({"plugins": {"directories": [os.path.join(BUILD, "plugins")]},
                       "stores": {"s": {"driver": "rados", "parameters": store}}}, config)
        os.environ["BERTH_CONFIG"] = os.path.abspath("berth.json")

    @staticmethod
    def quietly(*command):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def large(self):
        for mib in SIZES:
            subprocess.run(f"head -c {mib}M /dev/urandom >blob", shell=True, check=True)
            self.quietly(BERTH, "put", "blob", "s:/large")
            if subprocess.run(f"'{BERTH}' cat s:/large | cmp -s - blob", shell=True, check=False).returncode:
                sys.exit("the downloaded bytes differ from the uploaded ones")
            self.quietly(BERTH, "rm", "s:/large")
            for _ in range(ROUNDS):
                self.round_of(mib)

    def round_of(self, mib):
        up, down, striper = f"write {mib} MiB", f"read {mib} MiB", [*self.tool, "--striper"]
        self.report.run(up, "berth", [BERTH, "put", "blob", "s:/large"])
        self.report.run(down, "berth", [BERTH, "cat", "s:/large"])
        self.quietly(BERTH, "rm", "s:/large")
        self.report.run(up, "rados put", [*self.tool, "put", "large", "blob"])
        self.report.run(down, "rados get", [*self.tool, "get", "large", "/dev/null"])
        self.quietly(*self.tool, "rm", "large")
        self.report.run(up, "rados striper", [*striper, "put", "large", "blob"])
        self.report.run(down, "rados striper", [*striper, "get", "large", "/dev/null"])
        self.quietly(*striper, "rm", "large")

    def small(self):
        for threads in ("1", "16"):
            for _ in range(ROUNDS):
                for what, mode in (("put", ["write", "-b", "4096", "--no-cleanup"]), ("get", ["rand"])):
                    label = f"{what} of 4 KiB, {threads} at once"
                    self.berth_bench(label, what, threads)
                    self.rados_bench(label, [*mode, "-t", threads])
                self.quietly(*self.tool, "cleanup")

    def berth_bench(self, label, what, threads):
        line = json.loads(subprocess.run([BERTH, "--json", "bench", "s", "--threads", threads, "--small", str(OBJECTS),
                                          "--only", what + "-small"], check=True, stdout=subprocess.PIPE).stdout)
        self.report.add(label, "berth", line["seconds"], line["cpu_seconds"], line["max_rss_mib"], OBJECTS)

    def rados_bench(self, what, arguments):
        before = children_cpu()
        text = subprocess.run([*self.tool, "bench", SECONDS, *arguments], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        count = int(re.search(r"Total (?:writes|reads) made: *(\d+)", text)[1])
        seconds = float(re.search(r"Total time run: *([\d.]+)", text)[1])
        scale = OBJECTS / count
        self.report.add(what, "rados bench", seconds * scale, (children_cpu() - before) * scale, 0, OBJECTS)


def main():
    if not set(sys.argv[1:]) <= {"large", "small"}:
        sys.exit(__doc__)
    start = os.getcwd()
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        bench = Bench()
        for workload in sys.argv[1:] or ["large", "small"]:
            getattr(bench, workload)()
        bench.report.medians()
        os.chdir(start)


if __name__ == "__main__":
    main()
