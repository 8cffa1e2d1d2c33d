#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Do the kernel's netem and tbf and the relay do the same to packets?

    engines.py links                 a batch for ip(8): a link for each case, from "ours" to "theirs"
    engines.py experiment DIRECTORY  an experiment with all cases; their table goes into DIRECTORY
    engines.py addresses GROUP       of the links of a group of cases
    engines.py compare KERNEL RELAY  two directories of what packet_stream saw; status 1 if they differ
    engines.py selftest PAIRS        the statistics, on models in Python that are equal, and that are not

The statistics are two-sample tests: of Kolmogorov and Smirnov for delays, chi-square and of the mean
for the lengths of runs (losses in a row, packets that arrive in a row). Each of the about 80 tests errs
with a probability of ALPHA, so two equal engines fail less than once in 10,000 runs. The same tests must tell engines apart
that are not equal: another distribution, a chance that differs by a fifth.
"""
import math
import os
import random
import sys

ALPHA = 1e-6

TOLERANCE_MS = 40

JITTER = "delay: 300ms, jitter: 100ms"
HELD = "latency: { delay: 400ms }"

# Name, group, kind and parameters.
CASES = [
    ("uniform", "delay", f"latency: {{ {JITTER} }}"),
    ("normal", "delay", f"latency: {{ {JITTER}, distribution: normal }}"),
    ("pareto", "delay", f"latency: {{ {JITTER}, distribution: pareto }}"),
    ("paretonormal", "delay", f"latency: {{ {JITTER}, distribution: paretonormal }}"),
    ("table", "delay", f"latency: {{ {JITTER}, table: TABLE }}"),
    ("correlated", "delay", f"latency: {{ {JITTER}, correlation: 50% }}"),
    ("loss", "chance", "loss: { percent: 40% }"),
    ("correlated loss", "chance", "loss: { percent: 40%, correlation: 30% }"),
    ("gilbert", "chance", "loss: { gemodel: { p: 20%, r: 60% } }"),
    ("gilbert-elliott", "chance",
     "loss: { gemodel: { p: 8%, r: 30%, bad_loss: 80%, good_loss: 2% } }"),
    ("four states", "chance",
     "loss: { state: { p13: 4%, p31: 20%, p32: 30%, p23: 25%, p14: 3% } }"),
    ("duplicates", "chance", "loss: { percent: 10% }, duplicate: { percent: 20% }"),
    ("gap", "chance", f"{HELD}, reorder: {{ percent: 50%, gap: 5 }}"),
    ("correlated order", "chance", f"{HELD}, reorder: {{ percent: 30%, correlation: 40% }}"),
    # a fifth off "loss", "gilbert" and "gap"
    ("more loss", "chance", "loss: { percent: 48% }"),
    ("longer bursts", "chance", "loss: { gemodel: { p: 20%, r: 48% } }"),
    ("more order", "chance", f"{HELD}, reorder: {{ percent: 60%, gap: 5 }}"),
    ("slots", "slot", "slot: { min_delay: 20ms, max_delay: 60ms, packets: 1 }"),
    ("normal slots", "slot",
     "slot: { delay: 80ms, jitter: 20ms, distribution: normal, packets: 2 }"),
    ("slots of bytes", "slot", "slot: { min_delay: 80ms, max_delay: 160ms, bytes: 3000B }"),
    ("short slots", "slot", "slot: { min_delay: 10ms, max_delay: 40ms, packets: 1 }"),
    ("rate", "rate", "bandwidth: { rate: 400kbit }"),
    ("cells", "rate",
     "bandwidth: { rate: 400kbit, packet_overhead: 20B, cell_size: 48B, cell_overhead: 5B }"),
    ("bucket", "rate", "rate: 400kbit, burst: 10000B, latency: 500ms"),
    ("peak", "rate", "rate: 400kbit, burst: 20000B, latency: 500ms, peakrate: 800kbit, mtu: 2000B"),
    ("limit", "rate", f"{HELD}, limit: 50"),
]

# Those that would catch a broken engine: what the kernel did in one case against what the relay did in
# the other.
DIFFERENT = [("uniform", "normal"), ("normal", "paretonormal"), ("paretonormal", "pareto"),
             ("normal", "table"), ("loss", "more loss"), ("gilbert", "longer bursts"),
             ("gap", "more order"), ("slots", "short slots")]

COUNTS = {"delay": 2000, "chance": 16000, "slot": 200, "rate": 64}


def number(name):
    return [case[0] for case in CASES].index(name)


def group_of(name):
    return CASES[number(name)][1]


def address(name):
    return f"10.0.{number(name)}.2"


# --- the experiment ------------------------------------------------------------------------------


def links():
    for i in range(len(CASES)):
        print(f"link add e{i} netns ours address 02:00:00:00:{i:02x}:01 type veth "
              f"peer name e{i} netns theirs address 02:00:00:00:{i:02x}:02")


def addresses(side):
    other = 3 - side
    for i in range(len(CASES)):
        print(f"link set e{i} up\naddress add 10.0.{i}.{side}/24 dev e{i}\nneighbour replace 10.0.{i}.{other} "
              f"lladdr 02:00:00:00:{i:02x}:{other:02x} nud permanent dev e{i}")


def table_file(directory):
    """Two peaks, which no distribution of tc has."""
    path = os.path.join(directory, "peaks.dist")
    with open(path, "w", encoding="utf-8") as file:
        file.write("# two peaks\n")
        for i in range(1500):
            file.write(f"{(-8192 if i < 1000 else 12000) + i % 500 * 16}\n")
    return path


def experiment(directory):
    path = table_file(directory)
    print("version: 1\ntitle: engines\ntargets:\n  ours: { netns: ours }\nmethod:")
    for i, (_, _, parameters) in enumerate(CASES):
        kind = "bandwidth" if parameters.startswith("rate:") else "network"
        print(f"  - {kind}: {{ target: ours, interface: e{i}, {parameters.replace('TABLE', path)} }}\n"
              "    for: 20m")


# --- statistics ----------------------------------------------------------------------------------


def gamma_q(a, x):
    """The upper incomplete gamma function, regularised: by its series or its continued fraction."""
    if x <= 0:
        return 1.0
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > total * 1e-15:
            n += 1
            term *= x / n
            total += term
        return 1 - total * math.exp(a * math.log(x) - x - math.lgamma(a))
    b = x + 1 - a
    c = 1e300
    d = h = 1 / b
    for i in range(1, 10000):
        factor = -i * (i - a)
        b += 2
        d = 1 / (factor * d + b or 1e-300)
        c = b + factor / c or 1e-300
        h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return h * math.exp(a * math.log(x) - x - math.lgamma(a))


def kolmogorov_smirnov(a, b):
    """The probability that two samples of one distribution lie further apart; no larger than that."""
    a, b = sorted(a), sorted(b)
    i = j = 0
    distance = 0.0
    while i < len(a) and j < len(b):
        value = min(a[i], b[j])
        while i < len(a) and a[i] == value:
            i += 1
        while j < len(b) and b[j] == value:
            j += 1
        distance = max(distance, abs(i / len(a) - j / len(b)))
    return min(1.0, 2 * math.exp(-2 * distance ** 2 * len(a) * len(b) / (len(a) + len(b)))), distance


def chi_square(a, b):
    """The same for two lists of small numbers, by how often each occurs; rare ones are taken together."""
    total_a, total_b = len(a), len(b)
    if total_a == 0 or total_b == 0:
        return (1.0 if total_a == total_b else 0.0), 0.0
    bins = []
    seen_a = seen_b = 0
    count_a, count_b = counts(a), counts(b)
    for value in sorted(set(count_a) | set(count_b)):
        seen_a += count_a.get(value, 0)
        seen_b += count_b.get(value, 0)
        if min(total_a, total_b) * (seen_a + seen_b) / (total_a + total_b) >= 20:
            bins.append((seen_a, seen_b))
            seen_a = seen_b = 0
    if bins:
        bins[-1] = (bins[-1][0] + seen_a, bins[-1][1] + seen_b)
    if len(bins) < 2:
        return 1.0, 0.0
    statistic = 0.0
    for in_a, in_b in bins:
        for seen, total in ((in_a, total_a), (in_b, total_b)):
            expected = total * (in_a + in_b) / (total_a + total_b)
            statistic += (seen - expected) ** 2 / expected
    return gamma_q((len(bins) - 1) / 2, statistic / 2), statistic / (len(bins) - 1)


def same_mean(a, b):
    """By the normal distribution, as there are many values."""
    if min(len(a), len(b)) < 2:
        return (1.0 if len(a) == len(b) else 0.0), 0.0
    means = [sum(values) / len(values) for values in (a, b)]
    variance = sum(sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values)
                   for values, mean in zip((a, b), means))
    if variance == 0:
        return (1.0 if means[0] == means[1] else 0.0), 0.0
    distance = abs(means[0] - means[1]) / math.sqrt(variance)
    return math.erfc(distance / math.sqrt(2)), distance


def same_runs(a, b):
    """The stricter one of both."""
    return min(chi_square(a, b), same_mean(a, b))


def counts(values):
    result = {}
    for value in values:
        result[value] = result.get(value, 0) + 1
    return result


def runs(flags):
    """How many in a row, of those that are set and of those that are not; the first and the last may be
    cut off and are left out."""
    lengths = ([], [])
    length = 1
    for before, flag in zip(flags, flags[1:]):
        if flag == before:
            length += 1
        else:
            lengths[bool(before)].append(length)
            length = 1
    return lengths[True][1:], lengths[False][1:]


# --- what was measured ---------------------------------------------------------------------------


def read(directory, name):
    """Numbers, times of sending and of arrival (ms), in the order of arrival."""
    with open(os.path.join(directory, address(name)), encoding="utf-8") as file:
        return [(int(n), int(sent) / 1e6, int(got) / 1e6) for n, sent, got in map(str.split, file)]


def delays(packets):
    return [got - sent for _, sent, got in packets]


def samples(name, packets):
    """What the case is about: (what, test, values)."""
    count = COUNTS[group_of(name)]
    by_number = {}
    for n, sent, got in packets:
        by_number.setdefault(n, []).append(got - sent)
    if group_of(name) == "delay":
        # Of pairs that have no packet in common.
        steps = [by_number[n + 1][0] - by_number[n][0] for n in range(0, count - 1, 2)
                 if n in by_number and n + 1 in by_number]
        return [("delays", kolmogorov_smirnov, delays(packets)),
                ("steps from packet to packet", kolmogorov_smirnov, steps)]
    if group_of(name) == "slot":
        return slot_samples(packets)
    if "order" in name or name == "gap":
        flags = overtaking(packets, count)
        what = "overtaking in a row", "waiting in a row"
    elif name == "duplicates":
        flags = [len(by_number.get(n, [])) > 1 for n in range(count)]
        lost, there = runs([n not in by_number for n in range(count)])
        once, twice = runs(flags)
        return [("duplicates in a row", same_runs, once), ("others in a row", same_runs, twice),
                ("losses in a row", same_runs, lost), ("arrivals in a row", same_runs, there)]
    else:
        flags = [n not in by_number for n in range(count)]
        what = "losses in a row", "arrivals in a row"
    return [(what[i], same_runs, lengths) for i, lengths in enumerate(runs(flags))]


def overtaking(packets, count):
    """Which ones arrived before one that was sent earlier. By the order alone: on a busy machine, also
    those that are not held back take their time."""
    flags = [False] * count
    arrived = [False] * (count + 1)
    missing = 0
    for n, _, _ in packets:
        flags[n] = n > missing
        arrived[n] = True
        while arrived[missing]:
            missing += 1
    return flags


def slot_samples(packets):
    """Packets that leave together, and the time to the next of them."""
    times = sorted(got for _, _, got in packets)
    begins = [times[0]]
    sizes = [1]
    for before, time in zip(times, times[1:]):
        if time - before > 2.5:
            begins.append(time)
            sizes.append(1)
        else:
            sizes[-1] += 1
    return [("time from slot to slot", kolmogorov_smirnov, [b - a for a, b in zip(begins, begins[1:])]),
            ("packets in a slot", same_runs, sizes[1:-1])]


# --- the comparison ------------------------------------------------------------------------------

failed = False


def report(good, name, detail):
    global failed
    failed = failed or not good
    print(f"{'ok' if good else 'not ok'} - {name}{'' if good else ': ' + detail}", flush=True)


def same(name, kernel, relay):
    for (what, test, a), (_, _, b) in zip(samples(name, read(kernel, name)), samples(name, read(relay, name))):
        p, distance = test(a, b) if len(a) >= 20 and len(b) >= 20 else (0.0, math.nan)
        report(p > ALPHA, f"{name}: {what} are those of the kernel ({len(a)} and {len(b)}, p = {p:.2g})",
               f"distance {distance:.3f}, kernel {summary(a)}, relay {summary(b)}")


def summary(values):
    ordered = sorted(values)
    return f"{len(values)} values from {ordered[0]:.6g} over {ordered[len(values) // 2]:.6g} to {ordered[-1]:.6g}" \
        if values else "none"


def different(name, other, kernel, relay):
    p = min(test(a, b)[0] for (_, test, a), (_, _, b) in
            zip(samples(name, read(kernel, name)), samples(other, read(relay, other))))
    report(p <= ALPHA, f"{name}: an engine that would do what \"{other}\" is would be caught (p = {p:.2g})",
           f"p = {p:.2g}")


def arrivals(directory, name):
    """Of both measurements: when packets arrived after the first."""
    both = [read(where, name) for where in (directory, os.path.join(directory, "again"))]
    return [{n: got - packets[0][2] for n, _, got in packets} for packets in both]


def apart(pair):
    """By how many packets, and by how much time at most."""
    a, b = pair
    return abs(len(a) - len(b)), max((abs(a[n] - b[n]) for n in a if n in b), default=math.inf)


def same_times(name, kernel, relay):
    """No chance is in these: the same packets arrive at the same times, but for what a busy machine adds to
    one measurement or the other."""
    pairs = [(a, b) for a in arrivals(kernel, name) for b in arrivals(relay, name)]
    a, b = pair = min(pairs, key=apart)
    packets, gap = apart(pair)
    report(packets <= 2, f"{name}: as many of {COUNTS['rate']} packets arrive ({len(a)} and {len(b)})",
           f"kernel {len(a)}, relay {len(b)}")
    report(gap <= TOLERANCE_MS, f"{name}: they arrive at the same times (within {gap:.1f} ms)",
           f"{gap:.1f} ms apart, at most {TOLERANCE_MS} ms")


def compare(kernel, relay):
    for name, group, _ in CASES:
        if group == "rate":
            same_times(name, kernel, relay)
        else:
            same(name, kernel, relay)
    for name, other in DIFFERENT:
        different(name, other, kernel, relay)


# --- the statistics themselves -------------------------------------------------------------------


def gilbert_elliott(rng, p, r, bad_loss=1.0, good_loss=0.0):
    bad = False
    while True:
        step, loss = rng.random(), rng.random()
        if bad:
            bad = step >= r
            yield loss < bad_loss
        else:
            bad = step < p
            yield loss < good_loss


def correlated(rng, threshold, rho):
    value = rng.random()
    while True:
        value = rng.random() * (1 - rho) + value * rho
        yield value <= threshold


def model(rng, name):
    """The flags of as many packets as the test takes."""
    make = {"loss": lambda: correlated(rng, 0.4, 0.0), "more loss": lambda: correlated(rng, 0.48, 0.0),
            "correlated loss": lambda: correlated(rng, 0.4, 0.3),
            "gilbert": lambda: gilbert_elliott(rng, 0.2, 0.6),
            "longer bursts": lambda: gilbert_elliott(rng, 0.2, 0.48),
            "gilbert-elliott": lambda: gilbert_elliott(rng, 0.08, 0.3, 0.8, 0.02)}[name]()
    return [next(make) for _ in range(COUNTS["chance"])]


def selftest(pairs):
    rng = random.Random(1)
    for name in ("loss", "correlated loss", "gilbert", "gilbert-elliott"):
        least = 1.0
        low = 0
        for _ in range(pairs):
            for a, b in zip(runs(model(rng, name)), runs(model(rng, name))):
                p = same_runs(a, b)[0]
                least = min(least, p)
                low += p < 0.01
        report(least > ALPHA, f"{name}: {2 * pairs} equal pairs pass; {low} have p < 0.01, least {least:.2g}", "")
    for name, other in (("loss", "more loss"), ("gilbert", "longer bursts")):
        caught = sum(min(same_runs(a, b)[0] for a, b in zip(runs(model(rng, name)), runs(model(rng, other))))
                     <= ALPHA for _ in range(pairs))
        report(caught >= 0.99 * pairs, f"{name}: {caught} of {pairs} engines that are a fifth off are caught", "")


def main(arguments):
    verb = arguments[0]
    if verb == "links":
        links()
    elif verb == "side":
        addresses(int(arguments[1]))
    elif verb == "experiment":
        experiment(arguments[1])
    elif verb == "addresses":
        print(" ".join(address(name) for name, group, _ in CASES if group == arguments[1]))
    elif verb == "compare":
        compare(arguments[1], arguments[2])
    else:
        selftest(int(arguments[1]))
    sys.exit(1 if failed else 0)


main(sys.argv[1:])
