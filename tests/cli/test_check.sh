#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# perturb check: exit statuses, what goes where, --set and the environment, and that the JSON Schema
# judges as perturb does. (JSON is YAML, so the same text can be given to both.)
set -u
. "$(dirname "$0")/../lib.sh"
cd "$scratch" || exit 1

cat >good.yaml <<'EOS'
version: 1
title: x
variables:
  url: http://127.0.0.1/
  token: { env: PERTURB_TEST_TOKEN, secret: true, default: t0psecret }
targets: { a: { netns: a } }
steady_state:
  - name: p
    http: { url: "${url}", headers: { Authorization: "${token}" } }
    tolerate: { success: ">= 1%" }
method:
  - { latency: { target: a, delay: 1ms }, for: 1s }
EOS
sed 's/delay/delya/; s/version: 1/version: 2/' good.yaml >bad.yaml

run() {
	"$PERTURB" check "$@" >stdout 2>stderr
	status=$?
}

run good.yaml
check_equal 'valid: exit status' 0 $status
check_equal 'valid: says so' 'good.yaml: ok' "$(cat stdout stderr)"
run --quiet good.yaml
check_equal 'quiet: exit status' 0 $status
check_equal 'quiet: says nothing' '' "$(cat stdout stderr)"

run bad.yaml good.yaml
check_equal 'one of two is invalid: exit status' 2 $status
check_equal 'one of two is invalid: the other is fine' 'good.yaml: ok' "$(cat stdout)"
check_equal 'every mistake, with its place' "perturb: bad.yaml:1:10: version: this program reads version 1, not '2'
perturb: bad.yaml:12:29: unknown key 'delya' (did you mean 'delay'?)" "$(cat stderr)"

run none.yaml
check_equal 'missing file: exit status' 2 $status
check_equal 'missing file: named' 'perturb: none.yaml: cannot be opened: No such file or directory' "$(cat stderr)"
run
check_equal 'no file: exit status' 2 $status
"$PERTURB" check <(cat good.yaml) >stdout 2>stderr
check_equal 'pipe: exit status' 0 $?

# --- variables and secrets ---

run good.yaml --set url=http://h/
check_equal '--set: exit status' 0 $status
run good.yaml --set url=ftp://h/
check_equal '--set: is checked' 2 $status
check '--set: the place is where it is used' grep -q "good.yaml:9:18: url: .*'ftp://h/'" stderr
run good.yaml --set ulr=x
check_equal '--set of an unknown name' "perturb: good.yaml: --set ulr: no such variable (did you mean 'url'?)" "$(cat stderr)"

sed 's/, default: t0psecret//; s/1ms/"${token}"/; s/"${url}"/"${token}"/; s/>= 1%/${token}/' good.yaml >secret.yaml
run secret.yaml
check_equal 'environment is missing: exit status' 2 $status
check 'environment is missing: named' grep -q 'secret.yaml:5:10: token: the environment has no PERTURB_TEST_TOKEN' stderr
check_equal 'environment is missing: only that is said' 1 "$(wc -l <stderr)"
for value in hunter2 "$(printf 'h%.0s' {1..1000})" '(((' $'two\nlines' '***x'; do
	PERTURB_TEST_TOKEN=$value run secret.yaml
	check_equal 'secret: exit status' 2 $status
	check_equal 'secret: each shows ***' 3 "$(grep -c "not '\*\*\*'" stderr)"
	check 'secret: not shown' bash -c '! grep -qF -- "$1" stdout stderr' sh "${value:0:40}"
done
run good.yaml --set token=$'a\nb'
check 'secret from --set: not shown' bash -c '! grep -q "^b" stdout stderr'

# --- the schema ---

"$PERTURB" schema experiment >schema.json
check 'schema: judges as perturb check does' python3 - "$PERTURB" <<'EOS'
import copy, json, subprocess, sys
import jsonschema

schema = json.load(open("schema.json"))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
failures = 0

def judge(document, wanted, what):
    global failures
    with open("document.json", "w") as file:
        json.dump(document, file)
    run = subprocess.run([sys.argv[1], "check", "document.json"], capture_output=True, text=True)
    by_check = run.returncode == 0
    by_schema = validator.is_valid(document)
    if by_check != wanted or by_schema != wanted:
        failures += 1
        print(f"{what}: wanted {wanted}, check {by_check}, schema {by_schema} {run.stderr}")

base = {
    "version": 1, "title": "x", "tags": ["a"], "x-anything": [1],
    "variables": {"v": "1ms", "w": {"default": 5, "secret": True}, "p": 8080, "f": "ipv4"},
    "targets": {
        "a": {"container": {"name": ["a", "b*"], "id": "abcd", "label": {"k": "v"}, "image": "i",
                            "service": "s", "project": "p", "runtime": "docker"}, "pick": 1},
        "b": {"netns": "n", "pick": "50%"}, "c": {"process": {"pid": 7}}},
    "steady_state": [{
        "name": "p", "rate": "20/s",
        "http": {"url": "http://h/", "method": "PUT", "headers": {"A": "b"}, "body": "", "timeout": "1s",
                 "follow_redirects": True, "tls": {"insecure": False, "ca": "a", "cert": "c", "key": "k"},
                 "status": [200, "201-204", "3xx"], "contains": "a", "matches": "b",
                 "json": {"path": "$.a", "equals": 1}},
        "tolerate": {"success": ">= 99%", "p99.9": "< 1.5s", "throughput": ">= baseline * 0.5",
                     "any": [{"p50": ["> 1us", "<= baseline + 1ms"]},
                             {"none": [{"errors.timeout": "> 3"}, {"errors": "> 5%"}]}],
                     "all": [{"duplicates": "<= 3", "value.max": "< 1e3"}]},
        "during": {"p999": "<= 2m"}}],
    "strict": True,
    "baseline": "1m30s", "recovery": 0,
    "method": [
        {"latency": {"target": "a", "delay": "${v}", "jitter": "1us", "distribution": "normal",
                     "interface": "eth0", "direction": "egress"}, "at": 0, "for": "1s", "pick": "all"},
        {"network": {"target": "b", "loss": {"percent": "1%"}, "bandwidth": {"rate": "1mbit", "packet_overhead": "-14B"}}, "for": "1s"},
        {"bandwidth": {"target": "a", "rate": "10mbit", "burst": "64KiB"}, "for": "1s", "at": "2s"},
        {"kill": {"target": "a", "signal": 15}}, {"kill": "b"}, {"pause": "c", "for": "1s"},
        {"loss": {"target": "a", "gemodel": {"p": "1%", "r": "20%", "bad_loss": "90%"}, "ecn": True}, "for": "1s", "at": "4s"},
        {"network": {"target": "a", "loss": {"state": {"p13": "1%", "p31": "20%", "p14": "0%"}}}, "for": "1s",
         "at": "6s"},
        {"loss": {"target": "a", "percent": "1%", "to": ["b", "10.0.0.0/8", "h"], "from": "10.1.0.1",
                  "ports": [80, "90-99", "${p}"], "local_ports": 7, "protocol": "tcp", "dscp": "ef", "family": "${f}",
                  "except": ["b", {"to": "h", "ports": 1, "local_ports": ["2-3"], "protocol": "udp"}],
                  "spare": ["ssh", "probes"]}, "for": "1s", "at": "8s"}],
    "abort_when": [{"probe": "p", "success": "< 20%", "over": "3s"}],
    "limits": {"max_instances": 5, "max_percent": 50, "max_duration": "1h",
        "protect": ["db-*", "/^payments/"]},
}
judge(base, True, "everything")

def at(document, path):
    for step in path:
        document = document[step]
    return document

def mappings(node, path=()):
    if isinstance(node, dict):
        yield path
        for key in node:
            yield from mappings(node[key], path + (key,))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from mappings(item, path + (index,))

free = {("variables",), ("targets",), ("targets", "a", "container", "label"),
        ("steady_state", 0, "http", "headers")}
for path in mappings(base):
    if path in free or path[:1] == ("x-anything",):
        continue
    changed = copy.deepcopy(base)
    at(changed, path)["bogus"] = 1
    judge(changed, False, f"unknown key in {path}")
    changed = copy.deepcopy(base)
    at(changed, path).clear()
    judge(changed, False, f"nothing in {path}")

for path in [("version",), ("title",), ("steady_state", 0, "name"), ("steady_state", 0, "http"),
             ("steady_state", 0, "tolerate"), ("steady_state", 0, "http", "url"),
             ("steady_state", 0, "http", "json", "path"), ("targets", "b", "netns"),
             ("steady_state", 0, "http", "tls", "cert"),
             ("method", 0, "latency"), ("method", 0, "latency", "target"), ("method", 0, "for"),
             ("method", 0, "latency", "delay"), ("method", 1, "network", "loss", "percent"),
             ("method", 6, "loss", "gemodel"), ("method", 6, "loss", "gemodel", "r"),
             ("method", 7, "network", "loss", "state", "p13"),
             ("abort_when", 0, "probe"), ("abort_when", 0, "success"), ("abort_when", 0, "over")]:
    changed = copy.deepcopy(base)
    del at(changed, path[:-1])[path[-1]]
    judge(changed, False, f"without {path}")

for path, value in [
        (("version",), 2), (("title",), ""), (("tags",), []), (("variables", "a b"), 1),
        (("variables", "v"), {"secret": "maybe", "default": 1}), (("baseline",), 5), (("baseline",), "5"),
        (("baseline",), "1e3s"), (("recovery",), "-1s"), (("targets", "a", "pick"), 0),
        (("targets", "a", "pick"), "half"), (("targets", "a", "container", "runtime"), "crio"),
        (("targets", "b", "process"), "x"), (("targets", "c", "process", "command"), "x"),
        (("targets", "b", "netns"), {"path": "relative"}), (("steady_state", 0, "rate"), 20),
        (("steady_state", 0, "http"), "ftp://h/"), (("steady_state", 0, "http", "method"), "get"),
        (("steady_state", 0, "http", "timeout"), 1), (("steady_state", 0, "http", "status"), 600),
        (("steady_state", 0, "http", "status"), "2x"), (("steady_state", 0, "http", "follow_redirects"), "yes"),
        (("steady_state", 0, "http", "json", "path"), "a"), (("steady_state", 0, "tolerate", "success"), "99%"),
        (("steady_state", 0, "tolerate", "p95"), "<= 99%"), (("method",), []),
        (("steady_state", 0, "tolerate", "p100"), "< 1s"), (("steady_state", 0, "tolerate", "p95"), []),
        (("steady_state", 0, "tolerate", "errors.nosuch"), "< 1%"),
        (("steady_state", 0, "tolerate", "throughput"), "> 5"), (("steady_state", 0, "tolerate", "none"), []),
        (("steady_state", 0, "tolerate", "p50"), "<= baseline ^ 2"), (("strict",), "maybe"),
        (("steady_state", 0, "tolerate", "any"), {"p50": "< 1s"}),
        (("steady_state", 0, "tolerate", "success"), ">= baseline - 5ms"),
        (("method", 0, "loss"), {"target": "a", "percent": "1%"}), (("method", 0, "latency", "delay"), 200),
        (("method", 0, "latency", "distribution"), "norml"), (("method", 0, "latency", "direction"), "up"),
        (("method", 8, "loss", "to"), []), (("method", 8, "loss", "to"), {"h": 1}),
        (("method", 8, "loss", "ports"), 0), (("method", 8, "loss", "ports"), "http"),
        (("method", 8, "loss", "local_ports"), [65536]), (("method", 8, "loss", "protocol"), "tpc"),
        (("method", 8, "loss", "dscp"), 64), (("method", 8, "loss", "family"), "v6"),
        (("method", 8, "loss", "except"), [{"port": 1}]), (("method", 8, "loss", "except"), []),
        (("method", 8, "loss", "spare"), "me"), (("method", 5, "pause"), {"target": "c", "to": "h"}),
        (("method", 1, "network", "loss"), "1%"),
        (("method", 2, "bandwidth", "rate"), "10"), (("method", 2, "bandwidth", "burst"), "64K"),
        (("method", 0, "latency"), "a"), (("method", 5, "pause"), {"target": "c", "interface": "eth0"}),
        (("method", 6, "loss", "percent"), "1%"), (("method", 6, "loss", "ecn"), "yes"), (("method", 6, "loss", "gemodel"), "1%"),
        (("method", 7, "network", "loss", "state", "p23"), 1),
        (("abort_when", 0, "p95"), "< 1s"), (("limits", "max_duration"), 5),
        (("limits", "protect"), [])]:
    changed = copy.deepcopy(base)
    at(changed, path[:-1])[path[-1]] = value
    judge(changed, False, f"{path} = {value}")
sys.exit(failures != 0)
EOS
finish
