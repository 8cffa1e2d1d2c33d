#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares perturb's queueing disciplines with those that tc makes of the commands that
"perturb plan" shows.

    differential.py generate SEED COUNT TABLES
                                            an experiment with one random fault for each of d0, d1 …;
                                            its tables go into that directory, also under the names
                                            that "perturb plan" gives them
    differential.py commands                reads the output of "perturb plan", prints a tc batch
    differential.py compare OURS THEIRS     two outputs of "tc -j qdisc show"; status 1 on difference
"""
import json
import os
import random
import re
import sys


def duration(rng, most_us):
    """A duration with a unit that fits, as a person may write it, and in microseconds."""
    unit, size = rng.choice([("us", 1), ("ms", 1000), ("ms", 1000), ("s", 1000000)])
    value = rng.randint(1, max(1, min(most_us // size, 5000)))
    if unit != "us" and rng.random() < 0.3:
        value += rng.choice([0.5, 0.25, 0.125, 0.1, 0.001])
    text = f"{value:.10g}{unit}"
    return text, int(round(value * size))


def percent(rng, least=0.0001):
    value = rng.choice([
        lambda: rng.randint(1, 100),
        lambda: round(rng.uniform(least, 100), 1),
        lambda: round(rng.uniform(least, 100), 4),
        lambda: round(rng.uniform(least, 1), 6),
    ])()
    return f"{max(value, least):.10g}%"


def maybe(rng, fields, name, make, chance=0.5):
    if rng.random() < chance:
        fields[name] = make()


def latency(rng):
    text, us = duration(rng, 200000000)
    fields = {"delay": text}
    if rng.random() < 0.6:
        jitter, jitter_us = duration(rng, min(us, 2147000))
        if jitter_us <= min(us, 2147000):
            fields["jitter"] = jitter
            maybe(rng, fields, "correlation", lambda: percent(rng))
            shape(rng, fields, 0.7)
    return fields


def shape(rng, fields, chance=1.0):
    """A named distribution or a table of the user's."""
    if rng.random() < 0.25:
        fields["table"] = f"{TABLES}/{rng.randint(1, TABLE_COUNT)}"
    else:
        maybe(rng, fields, "distribution", lambda: rng.choice(
            ["uniform", "normal", "pareto", "paretonormal"]), chance)


def slot(rng):
    if rng.random() < 0.5:
        low, low_us = duration(rng, 2000000)
        fields = {"min_delay": low}
        high, high_us = duration(rng, 2000000)
        if low_us <= high_us <= 2000000:
            fields["max_delay"] = high
        if low_us > 2000000:
            fields["min_delay"] = "2s"
    else:
        text, us = duration(rng, 1000000)
        fields = {"delay": text}
        jitter, jitter_us = duration(rng, us)
        if jitter_us <= us:
            fields["jitter"] = jitter
            shape(rng, fields)
    maybe(rng, fields, "packets", lambda: rng.randint(1, rng.choice([10, 1000, 2**31 - 1])), 0.4)
    maybe(rng, fields, "bytes", lambda: f"{rng.randint(1, rng.choice([2000, 10**6, 2**31 - 1]))}B", 0.4)
    return fields


def chance(rng):
    fields = {"percent": percent(rng)}
    maybe(rng, fields, "correlation", lambda: percent(rng))
    return fields


def least(rng):
    return percent(rng, 0.000001)


def shares(rng):
    """Two percentages that are at most 100% together."""
    first = round(rng.uniform(0.001, 100), 3)
    return f"{first}%", rng.choice([f"{round(rng.uniform(0, 99.99 - first), 3)}%" if first < 99 else "0%",
                                    f"{100 - first:.10g}%"])


def gemodel(rng):
    fields = {"p": least(rng), "r": least(rng)}
    maybe(rng, fields, "bad_loss", lambda: least(rng))
    maybe(rng, fields, "good_loss", lambda: percent(rng))
    return {"gemodel": fields}


def state(rng):
    p13, p14 = shares(rng)
    p31, p32 = shares(rng)
    fields = {"p13": p13, "p31": p31}
    maybe(rng, fields, "p32", lambda: p32)
    maybe(rng, fields, "p23", lambda: least(rng))
    maybe(rng, fields, "p14", lambda: p14)
    return {"state": fields}


def loss(rng):
    fields = rng.choice([chance, gemodel, state])(rng)
    maybe(rng, fields, "ecn", lambda: rng.choice(["true", "false"]), 0.3)
    return fields


def reorder(rng, with_delay=True):
    fields = chance(rng)
    maybe(rng, fields, "gap", lambda: rng.randint(1, 20))
    if with_delay:
        fields["delay"] = duration(rng, 10000000)[0]
    return fields


def rate(rng):
    return rng.choice([
        lambda: f"{rng.randint(8, 999)}kbit",
        lambda: f"{rng.randint(1, 999)}mbit",
        lambda: f"{rng.randint(1, 100)}gbit",
        lambda: f"{rng.randint(1000, 10**9)}bit",
        lambda: f"{rng.randint(1, 5000)}kibit",
    ])()


def line(rng):
    fields = {"rate": rate(rng)}
    maybe(rng, fields, "packet_overhead", lambda: f"{rng.randint(-14, 1000)}B")
    if rng.random() < 0.5:
        cell = rng.randint(1, 65535)
        fields["cell_size"] = f"{cell}B"
        maybe(rng, fields, "cell_overhead", lambda: f"{rng.randint(1 - cell, 65535)}B")
    return fields


def bandwidth(rng):
    fields = {"rate": rate(rng)}
    maybe(rng, fields, "burst", lambda: rng.choice(
        [f"{rng.randint(2, 4000)}KiB", f"{rng.randint(1600, 10**6)}B"]), 0.5)
    maybe(rng, fields, "latency", lambda: duration(rng, 10000000)[0], 0.5)
    if rng.random() < 0.4:
        fields["rate"] = f"{rng.randint(8, 10**6)}kbit"
        fields["peakrate"] = f"{int(fields['rate'][:-4]) + rng.randint(1, 10**6)}kbit"
        maybe(rng, fields, "mtu", lambda: f"{rng.randint(1518, 100000)}B", 0.6)
    return fields


def network(rng):
    fields = {}
    while not fields:
        maybe(rng, fields, "latency", lambda: latency(rng))
        maybe(rng, fields, "loss", lambda: loss(rng), 0.4)
        maybe(rng, fields, "duplicate", lambda: chance(rng), 0.4)
        maybe(rng, fields, "corrupt", lambda: chance(rng), 0.4)
        maybe(rng, fields, "reorder", lambda: reorder(rng, "latency" not in fields), 0.3)
        maybe(rng, fields, "bandwidth", lambda: line(rng), 0.3)
        maybe(rng, fields, "slot", lambda: slot(rng), 0.3)
    maybe(rng, fields, "limit", lambda: rng.randint(1, rng.choice([10, 10000, 10**7])), 0.3)
    return fields


TABLES = ""
TABLE_COUNT = 12
KINDS = [("latency", latency), ("loss", loss), ("duplicate", chance), ("corrupt", chance),
         ("reorder", reorder), ("bandwidth", bandwidth)] + [("network", network)] * 4


def yaml(value):
    """JSON is YAML, but plain scalars are what people write."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key}: {yaml(item)}" for key, item in value.items()) + " }"
    return str(value)


def tables(rng):
    """Distributions of the user's. The kernel takes more; but two of these are all that fits into tc's
    message."""
    sizes = [1, 2, 100, 4096, 7500] + [rng.randint(1, 7500) for _ in range(TABLE_COUNT - 5)]
    for number, size in enumerate(sizes, 1):
        values = sorted(rng.randint(-32768, 32767) for _ in range(size))
        with open(f"{TABLES}/{number}", "w", encoding="utf-8") as file:
            file.write("# a table\n")
            for i in range(0, size, 8):
                file.write(" ".join(map(str, values[i:i + 8])) + "\n")


def named_tables(fields, names):
    """Perturb numbers them in the order of the steps, that of the delay before that of the slots."""
    for part in (fields, fields.get("latency", {}), fields.get("slot", {})):
        path = part.get("table") if isinstance(part, dict) else None
        if path and path not in names:
            names.append(path)
            os.symlink(path, f"{TABLES}/table-{len(names)}.dist")


def generate(seed, count, directory):
    global TABLES
    rng = random.Random(seed)
    names = []
    TABLES = directory
    tables(rng)
    print("version: 1\ntitle: differential test\ntargets:\n  ours: { netns: ours }\nmethod:")
    for number in range(count):
        kind, make = rng.choice(KINDS)
        fields = {"target": "ours", "interface": f"d{number}", **make(rng)}
        named_tables(fields, names)
        print(f"  - {kind}: {yaml(fields)}\n    for: 10m")


def commands():
    found = re.findall(r"^ +nsenter --net=\S+ tc (qdisc add dev d\d+ .*)$", sys.stdin.read(), re.M)
    print("\n".join(found))


def by_device(path):
    with open(path, encoding="utf-8") as file:
        return {qdisc["dev"]: qdisc for qdisc in json.load(file) if qdisc["dev"] != "lo"}


def compare(ours_path, theirs_path):
    ours, theirs = by_device(ours_path), by_device(theirs_path)
    kinds = {}
    different = 0
    for device in sorted(set(ours) | set(theirs)):
        if ours.get(device) != theirs.get(device):
            different += 1
        if ours.get(device) != theirs.get(device) and different <= 10:
            print(f"  | {device} perturb: {ours.get(device)}\n  | {device} tc:      {theirs.get(device)}")
        kind = ours.get(device, {}).get("kind", "none")
        kinds[kind] = kinds.get(kind, 0) + 1
    print(f"  | compared {len(ours)}: {kinds}, {different} different")
    return different == 0 and len(ours) == len(theirs) and set(kinds) == {"netem", "tbf"}


def main(arguments):
    if arguments[0] == "generate":
        generate(arguments[1], int(arguments[2]), arguments[3])
    elif arguments[0] == "commands":
        commands()
    else:
        sys.exit(0 if compare(arguments[1], arguments[2]) else 1)


main(sys.argv[1:])
