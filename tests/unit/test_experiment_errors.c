/* SPDX-License-Identifier: Apache-2.0 */
/* Every message about an invalid experiment, with its place. */
#include "tests/unit/experiment_case.h"

/* Each case is a snippet in a file that is valid otherwise. */

#define HEAD	"version: 1\ntitle: x\n"
#define TARGETS "targets: { users: { container: users }, shop: { netns: shop } }\n"
#define METHOD	"method:\n  - latency: { target: users, delay: 1ms }\n    for: 1s\n"
#define PROBES                                                                                     \
	"steady_state:\n"                                                                          \
	"  - { name: gateway, http: \"http://h/\", tolerate: { success: \">= 9%\" } }\n"

#define STEP(text)   HEAD TARGETS "method:\n  - " text
#define TARGET(text) HEAD "targets:\n  a: " text "\n" METHOD_A
#define METHOD_A     "method: [{ kill: a }]\n"
#define HTTP(text)   HEAD "steady_state:\n  - name: p\n    tolerate: { p50: < 1s }\n    http: " text
#define PROBE(text)  HEAD "steady_state:\n  - name: p\n    tolerate: { p50: < 1s }\n    " text
#define KIND(kind, text)                                                                           \
	HEAD "steady_state:\n  - name: p\n    tolerate: { p50: < 1s }\n    " kind ": " text
#define VARIABLES(text) HEAD "variables:\n  " text TARGETS METHOD

#define TOLERATE(text)                                                                             \
	HEAD "steady_state:\n  - name: p\n    http: http://h/\n    tolerate: " text "\n"

static const struct {
	const char *text;
	const char *messages;
} invalid[] = {
	{"hello\n", "f.yaml:1:1: the file: expected a mapping, not text\n"},
	{"- 1\n", "f.yaml:1:1: the file: expected a mapping, not a list\n"},
	{"{}\n", "f.yaml:1:1: the file: there is nothing in this mapping\n"},
	{HEAD, "f.yaml:1:1: 'steady_state' and 'method' are missing: there is nothing to do\n"},
	{"version: 2\ntitle: x\n" TARGETS METHOD,
		"f.yaml:1:10: version: this program reads version 1, not '2'\n"},
	{"version:\ntitle: ''\n" TARGETS METHOD, "f.yaml:1:9: version: expected 1, not nothing\n"
						 "f.yaml:2:8: title: is empty\n"},
	{"title: x\nversoin: 1\n" TARGETS METHOD,
		"f.yaml:1:1: 'version' is missing\n"
		"f.yaml:2:1: unknown key 'versoin' (did you mean 'version'?)\n"},
	{HEAD "tags: []\nbaselin: 1s\nbogus: 1\n" TARGETS METHOD,
		"f.yaml:3:7: tags: there is nothing in this list\n"
		"f.yaml:4:1: unknown key 'baselin' (did you mean 'baseline'?)\n"
		"f.yaml:5:1: unknown key 'bogus'; the keys here are variables, version, title, "
		"tags, targets, compare_with, steady_state, load, baseline, method, recovery, "
		"abort_when, strict, limits\n"},
	{HEAD "tags: [a, [b], '']\n" TARGETS METHOD,
		"f.yaml:3:11: tags: expected text, not a list\n"
		"f.yaml:3:16: tags: is empty\n"},
	{HEAD TARGETS "method: []\n", "f.yaml:4:9: method: there is nothing in this list\n"},
	{HEAD TARGETS "method: { kill: users }\n",
		"f.yaml:4:9: method: expected a list, not a mapping\n"},
	{HEAD "steady_state: []\n", "f.yaml:3:15: steady_state: there is nothing in this list\n"},
	{HEAD TARGETS METHOD "title: y\n", "f.yaml:7:1: the key 'title' is given twice\n"},
	{HEAD TARGETS METHOD PROBES "baseline: 0\nrecovery: 10\n",
		"f.yaml:9:11: baseline: expected more than 0s: the steady state is measured first\n"
		"f.yaml:10:11: recovery: '10' has no unit: write 10ms or 10s\n"},
	{HEAD TARGETS METHOD PROBES "baseline: 1e400\nrecovery: .inf\n",
		"f.yaml:9:11: baseline: expected a duration such as 200ms, 1.5s or 2m, not "
		"'1e400'\n"
		"f.yaml:10:11: recovery: expected a duration such as 200ms, 1.5s or 2m, not "
		"'.inf'\n"},
	{HEAD TARGETS METHOD "abort_when: [{ probe: gateway, success: < 1%, over: 3s }]\n",
		"f.yaml:7:13: abort_when: has no meaning without steady_state\n"
		"f.yaml:7:23: probe: steady_state has no probe 'gateway'\n"},
	{TARGET("{}"), "f.yaml:4:6: a: there is nothing in this mapping\n"},
	{TARGET("users"), "f.yaml:4:6: a: expected a mapping, not text\n"},
	{TARGET("{ pick: all }"),
		"f.yaml:4:6: target 'a': container, netns or process is missing\n"},
	{TARGET("{ container: a, netns: b }"),
		"f.yaml:4:22: a target has one kind, and this one has 'container' already\n"},
	{TARGET("{ contaner: a }"),
		"f.yaml:4:6: target 'a': container, netns or process is missing\n"
		"f.yaml:4:8: unknown key 'contaner' (did you mean 'container'?)\n"},
	{TARGET("{ pod: a }"),
		"f.yaml:4:8: targets of the kind 'pod' are not supported yet by this version\n"},
	{TARGET("{ host: true }"),
		"f.yaml:4:8: targets of the kind 'host' are not supported yet by this version\n"},
	{TARGET("{ container: }"), "f.yaml:4:19: container: expected a name, a glob or a /regular "
				   "expression/, not nothing\n"},
	{TARGET("{ container: '' }"), "f.yaml:4:19: container: the pattern is empty\n"},
	{TARGET("{ container: [] }"), "f.yaml:4:19: container: there is nothing in this list\n"},
	{TARGET("{ container: [a, '/(/'] }"),
		"f.yaml:4:23: container: not a regular expression: Unmatched ( or \\(\n"},
	{TARGET("{ container: { naem: a } }"),
		"f.yaml:4:21: unknown key 'naem' (did you mean 'name'?)\n"},
	{TARGET("{ container: { runtime: docker } }"),
		"f.yaml:4:19: container: which ones? give name, id, label, image, service or "
		"project\n"},
	{TARGET("{ container: { name: a, runtime: crio } }"),
		"f.yaml:4:39: runtime: expected docker or podman, not 'crio'\n"},
	{TARGET("{ container: { id: abc } }"), "f.yaml:4:25: id: expected at least 4 hexadecimal "
					       "digits or a pattern, not 'abc'\n"},
	{TARGET("{ container: { id: 'abc*', label: '=x' } }"),
		"f.yaml:4:40: label: expected a label such as tier=web, not '=x'\n"},
	{TARGET("{ container: { label: { tier: '[' } } }"),
		"f.yaml:4:36: tier: the pattern has a '[' without its ']'\n"},
	{TARGET("{ netns: { name: a, path: /b } }"),
		"f.yaml:4:26: netns: 'name' and 'path' exclude each other\n"},
	{TARGET("{ netns: { path: b } }"),
		"f.yaml:4:23: path: expected a path that begins with '/', not 'b'\n"},
	{TARGET("{ process: { pid: 0 } }"), "f.yaml:4:24: pid: there is no such process id\n"},
	{TARGET("{ process: { pid: nginx } }"),
		"f.yaml:4:24: pid: expected a whole number, not 'nginx'\n"},
	{TARGET("{ process: { pid: 1, command: a } }"),
		"f.yaml:4:27: process: 'pid' and 'command' exclude each other\n"},
	{TARGET("{ netns: a, pick: 0 }"), "f.yaml:4:24: pick: expected all, a number or a "
					  "percentage, more than none, not '0'\n"},
	{TARGET("{ netns: a, pick: 5.5 }"), "f.yaml:4:24: pick: expected all, a number or a "
					    "percentage, more than none, not '5.5'\n"},
	{TARGET("{ netns: a, pick: 0% }"), "f.yaml:4:24: pick: expected all, a number or a "
					   "percentage, more than none, not '0%'\n"},
	{TARGET("{ netns: a, pick: 101% }"), "f.yaml:4:24: pick: expected all, a number or a "
					     "percentage, more than none, not '101%'\n"},
	{PROBE("tcp: 'localhost'"),
		"f.yaml:6:10: tcp: expected an address with a port such as 127.0.0.1:5432, "
		"[::1]:5432 or db.internal:5432, not 'localhost'\n"},
	{PROBE("tcp: '::1:5432'"),
		"f.yaml:6:10: tcp: expected an address with a port such as 127.0.0.1:5432, "
		"[::1]:5432 or db.internal:5432, not '::1:5432'\n"},
	{PROBE("tcp: '[::1]'"), "f.yaml:6:10: tcp: expected an address with a port such as "
				"127.0.0.1:5432, [::1]:5432 or db.internal:5432, not '[::1]'\n"},
	{PROBE("tcp: 'h:0'"), "f.yaml:6:10: tcp: expected an address with a port such as "
			      "127.0.0.1:5432, [::1]:5432 or db.internal:5432, not 'h:0'\n"},
	{PROBE("tcp: 'h:65536'"),
		"f.yaml:6:10: tcp: expected an address with a port such as 127.0.0.1:5432, "
		"[::1]:5432 or db.internal:5432, not 'h:65536'\n"},
	{PROBE("tcp: 'h:1x'"), "f.yaml:6:10: tcp: expected an address with a port such as "
			       "127.0.0.1:5432, [::1]:5432 or db.internal:5432, not 'h:1x'\n"},
	{PROBE("tcp: 'a b:1'"), "f.yaml:6:10: tcp: expected an address with a port such as "
				"127.0.0.1:5432, [::1]:5432 or db.internal:5432, not 'a b:1'\n"},
	{PROBE("tcp: ':1'"), "f.yaml:6:10: tcp: expected an address with a port such as "
			     "127.0.0.1:5432, [::1]:5432 or db.internal:5432, not ':1'\n"},
	{PROBE("tcp: '[h]:1'"), "f.yaml:6:10: tcp: expected an address with a port such as "
				"127.0.0.1:5432, [::1]:5432 or db.internal:5432, not '[h]:1'\n"},
	{PROBE("tcp: 'h:1:2'"), "f.yaml:6:10: tcp: expected an address with a port such as "
				"127.0.0.1:5432, [::1]:5432 or db.internal:5432, not 'h:1:2'\n"},
	{PROBE("tcp: { send: x }"), "f.yaml:6:10: 'address' is missing\n"},
	{PROBE("tcp: { address: 'h:1', expect: '', matches: '(', exspect: x }"),
		"f.yaml:6:36: expect: is empty\n"
		"f.yaml:6:49: matches: not a regular expression: Unmatched ( or \\(\n"
		"f.yaml:6:54: unknown key 'exspect' (did you mean 'expect'?)\n"},
	{PROBE("udp: 'h:1'"), "f.yaml:6:10: udp: expected a mapping, not text\n"},
	{PROBE("udp: { address: 'h:1' }"), "f.yaml:6:10: 'send' is missing\n"},
	{PROBE("udp: { address: 'h:1', send: x, reply: false, expect: y, matches: z }"),
		"f.yaml:6:59: expect: has no meaning with reply: false\n"
		"f.yaml:6:71: matches: has no meaning with reply: false\n"},
	{PROBE("dns: 'a..b'"), "f.yaml:6:10: dns: expected the name of a domain such as "
			       "db.internal, not 'a..b'\n"},
	{PROBE("dns: '.a'"),
		"f.yaml:6:10: dns: expected the name of a domain such as db.internal, not '.a'\n"},
	{PROBE("dns: { name: '', type: ANY, server: 'x:y', protocol: sctp, rcode: OK, answers: 2 "
	       "}"),
		"f.yaml:6:18: name: expected the name of a domain such as db.internal, not ''\n"
		"f.yaml:6:28: type: expected A, AAAA, CNAME, MX, NS, PTR, SOA, SRV or TXT, not "
		"'ANY'\n"
		"f.yaml:6:41: server: expected a name server such as 10.0.0.2, 10.0.0.2:5353 or "
		"[::1]:53, not 'x:y'\n"
		"f.yaml:6:58: protocol: expected udp or tcp, not 'sctp'\n"
		"f.yaml:6:71: rcode: expected a response code such as NOERROR, NXDOMAIN or "
		"SERVFAIL, not 'OK'\n"
		"f.yaml:6:84: answers: expected the least number of records such as '>= 2', not "
		"'2'\n"},
	{PROBE("dns: { name: a, type: a, answers: '>= x', timeout: 0 }"),
		"f.yaml:6:27: type: expected A, AAAA, CNAME, MX, NS, PTR, SOA, SRV or TXT, not "
		"'a'\n"
		"f.yaml:6:39: answers: expected the least number of records such as '>= 2', not "
		"'>= x'\n"
		"f.yaml:6:56: timeout: expected between 1ms and 10m\n"},
	{PROBE("redis: '/run/socket'"),
		"f.yaml:6:12: redis: expected an address such as 127.0.0.1:6379, redis.internal or "
		"unix:/run/redis.sock, not '/run/socket'\n"},
	{PROBE("redis: 'unix:run/socket'"),
		"f.yaml:6:12: redis: expected an address such as 127.0.0.1:6379, redis.internal or "
		"unix:/run/redis.sock, not 'unix:run/socket'\n"},
	{PROBE("redis: { address: h, user: u, command: [], db: -1 }"),
		"f.yaml:6:44: command: there is nothing in this list\n"
		"f.yaml:6:52: db: expected a whole number, not '-1'\n"},
	{PROBE("redis: { address: h, user: u }"),
		"f.yaml:6:32: user: has no meaning without password\n"},
	{PROBE("redis: { address: h, command: ' ' }"), "f.yaml:6:35: command: is empty\n"},
	{PROBE("redis: { address: h, command: subscribe x }"),
		"f.yaml:6:35: command: a command that changes the connection cannot be measured; "
		"for messages there is channel\n"},
	{PROBE("redis: { address: h, command: [GET, [a]] }"),
		"f.yaml:6:41: command: expected a command such as PING, or a list of its words, "
		"not a list\n"},
	{PROBE("redis: { address: h, channel: c, command: PING, expect: x, matches: y }"),
		"f.yaml:6:47: command: has no meaning with channel: it is a message that must come "
		"back\n"
		"f.yaml:6:61: expect: has no meaning with channel: it is a message that must come "
		"back\n"
		"f.yaml:6:73: matches: has no meaning with channel: it is a message that must come "
		"back\n"},
	{HTTP("\n"), "f.yaml:6:10: http: expected a URL such as http://127.0.0.1:8080/path, not "
		     "nothing\n"},
	{HTTP("ftp://h/\n"), "f.yaml:6:11: http: expected a URL such as "
			     "http://127.0.0.1:8080/path, not 'ftp://h/'\n"},
	{HTTP("localhost:8080\n"), "f.yaml:6:11: http: expected a URL such as "
				   "http://127.0.0.1:8080/path, not 'localhost:8080'\n"},
	{HTTP("'http://a b/'\n"), "f.yaml:6:11: http: expected a URL such as "
				  "http://127.0.0.1:8080/path, not 'http://a b/'\n"},
	{HTTP("{ method: GET }\n"), "f.yaml:6:11: 'url' is missing\n"},
	{HTTP("{ url: 'http://h/', method: get }\n"),
		"f.yaml:6:39: method: expected an HTTP method in capitals such as GET, not "
		"'get'\n"},
	{HTTP("{ url: 'http://h/', headers: { 'a b': 1, c: \"d\\r\\ne\" } }\n"),
		"f.yaml:6:42: 'a b' cannot be the name of a header\n"
		"f.yaml:6:55: c: the value of a header is one line\n"},
	{HTTP("{ url: 'http://h/', timeout: 0 }\n"),
		"f.yaml:6:40: timeout: expected between 1ms and 10m\n"},
	{HTTP("{ url: 'http://h/', timeout: 1000 }\n"),
		"f.yaml:6:40: timeout: '1000' has no unit: write 1000ms or 1000s\n"},
	{HTTP("{ url: 'http://h/', status: [] }\n"),
		"f.yaml:6:39: status: there is nothing in this list\n"},
	{HTTP("{ url: 'http://h/', status: [200, 99, 600, 299-200, 6xx, 20] }\n"),
		"f.yaml:6:45: status: expected a status from 100 to 599, a range such as 200-299, "
		"or 2xx, not '99'\n"
		"f.yaml:6:49: status: expected a status from 100 to 599, a range such as 200-299, "
		"or 2xx, not '600'\n"
		"f.yaml:6:54: status: expected a status from 100 to 599, a range such as 200-299, "
		"or 2xx, not '299-200'\n"
		"f.yaml:6:63: status: expected a status from 100 to 599, a range such as 200-299, "
		"or 2xx, not '6xx'\n"
		"f.yaml:6:68: status: expected a status from 100 to 599, a range such as 200-299, "
		"or 2xx, not '20'\n"},
	{HTTP("{ url: 'http://h/', matches: '(', contains: '' }\n"),
		"f.yaml:6:40: matches: not a regular expression: Unmatched ( or \\(\n"
		"f.yaml:6:55: contains: is empty\n"},
	{HTTP("{ url: 'http://h/', matches: 'a{1000}' }\n"),
		"f.yaml:6:40: matches: the regular expression is too complex: it repeats too "
		"much\n"},
	{HTTP("{ url: 'http://h/', json: $.a }\n"),
		"f.yaml:6:37: json: expected a mapping, not text\n"},
	{HTTP("{ url: 'http://h/', json: { path: 'a.b' } }\n"),
		"f.yaml:6:45: path: JSON path \"a.b\": expected \"$\" at character 1\n"},
	{HTTP("{ url: 'http://h/', json: { equals: 1 } }\n"), "f.yaml:6:37: 'path' is missing\n"},
	{HTTP("{ url: 'http://h/', follow_redirects: yes, tls: { insecure: 1, key: k } }\n"),
		"f.yaml:6:49: follow_redirects: expected true or false, not 'yes'\n"
		"f.yaml:6:71: insecure: expected true or false, not '1'\n"
		"f.yaml:6:79: key: has no meaning without cert\n"},
	{PROBE("exec: []\n"), "f.yaml:6:11: exec: there is nothing in this list\n"},
	{PROBE("exec: ''\n"), "f.yaml:6:11: exec: the program is empty\n"},
	{PROBE("exec:\n"), "f.yaml:6:10: exec: expected a program, or a list of a program and its "
			   "arguments, not nothing\n"},
	{PROBE("exec: [[a], b]\n"), "f.yaml:6:12: exec: expected a program, or a list of a program "
				    "and its arguments, not a list\n"},
	{PROBE("exec: { status: 0 }\n"), "f.yaml:6:11: 'command' is missing\n"},
	{PROBE("exec: { command: a, status: [0, 256, 3-1, x, 1-, 0x1, -1] }\n"),
		"f.yaml:6:37: status: expected an exit status from 0 to 255, or a range such as "
		"0-3, not '256'\n"
		"f.yaml:6:42: status: expected an exit status from 0 to 255, or a range such as "
		"0-3, not '3-1'\n"
		"f.yaml:6:47: status: expected an exit status from 0 to 255, or a range such as "
		"0-3, not 'x'\n"
		"f.yaml:6:50: status: expected an exit status from 0 to 255, or a range such as "
		"0-3, not '1-'\n"
		"f.yaml:6:54: status: expected an exit status from 0 to 255, or a range such as "
		"0-3, not '0x1'\n"
		"f.yaml:6:59: status: expected an exit status from 0 to 255, or a range such as "
		"0-3, not '-1'\n"},
	{PROBE("exec: { command: a, status: [], env: [], directory: '' }\n"),
		"f.yaml:6:33: status: there is nothing in this list\n"
		"f.yaml:6:42: env: expected a mapping, not a list\n"
		"f.yaml:6:57: directory: is empty\n"},
	{PROBE("exec: { command: a, env: { 'A=B': c, D: [e] } }\n"),
		"f.yaml:6:32: 'A=B' cannot be the name of an environment variable\n"
		"f.yaml:6:45: D: expected text, not a list\n"},
	{PROBE("exec: { command: a, value: 3, matches: '(', equals: [] }\n"),
		"f.yaml:6:32: value: expected a condition such as \">= 3\", not '3'\n"
		"f.yaml:6:44: matches: not a regular expression: Unmatched ( or \\(\n"
		"f.yaml:6:57: equals: expected text, not a list\n"},
	{PROBE("exec: { command: a, value: ['> 1', '< 5', '> 2'], timeout: 1us }\n"),
		"f.yaml:6:32: value: expected at most 2 conditions\n"
		"f.yaml:6:64: timeout: expected between 1ms and 10m\n"},
	{PROBE("exec: { command: a, shell: true }\n"),
		"f.yaml:6:25: unknown key 'shell'; the keys here are command, timeout, status, "
		"contains, matches, equals, value, env, directory\n"},
	{PROBE("file: ''\n"), "f.yaml:6:11: file: is empty\n"},
	{PROBE("file: [a]\n"), "f.yaml:6:11: file: expected a mapping, not a list\n"},
	{PROBE("file: { exists: yes }\n"),
		"f.yaml:6:11: 'path' is missing\n"
		"f.yaml:6:21: exists: expected true or false, not 'yes'\n"},
	{PROBE("file: { path: a, size: 1KiB, age: '<= 5' }\n"),
		"f.yaml:6:28: size: expected a condition such as \">= 1KiB\", not '1KiB'\n"
		"f.yaml:6:39: age: '5' has no unit: write 5ms or 5s\n"},
	{PROBE("file: { path: a, size: ['=> 2KiB', '< 1'] }\n"),
		"f.yaml:6:29: size: expected a condition such as \">= 1KiB\", not '=> 2KiB'\n"
		"f.yaml:6:40: size: '1' has no unit: write 1KiB or 1MiB\n"},
	{PROBE("file: { path: a, exists: false, contains: b, age: '< 1m' }\n"),
		"f.yaml:6:47: contains: has no meaning with exists: false\n"
		"f.yaml:6:55: age: has no meaning with exists: false\n"},
	{PROBE("log: a\n"), "f.yaml:6:10: log: expected a mapping, not text\n"},
	{PROBE("log: { path: a }\n"), "f.yaml:6:10: 'matches' is missing\n"},
	{PROBE("log: { path: a, matches: '', expect: none, count: x }\n"),
		"f.yaml:6:30: matches: the regular expression is empty\n"
		"f.yaml:6:42: expect: expected present or absent, not 'none'\n"
		"f.yaml:6:55: count: expected a condition such as \">= 3\", not 'x'\n"},
	{PROBE("log: { path: a, matches: b, expect: absent, count: '< 3' }\n"),
		"f.yaml:6:41: expect: has no meaning with count\n"},
	{PROBE("container: '../a'\n"), "f.yaml:6:16: container: expected the name of a container, "
				       "or the beginning of its id, not '../a'\n"},
	{PROBE("container: { runtime: rkt, state: up, health: good, restarts: none }\n"),
		"f.yaml:6:16: 'name' is missing\n"
		"f.yaml:6:27: runtime: expected docker or podman, not 'rkt'\n"
		"f.yaml:6:39: state: expected running, paused, restarting, exited, created, "
		"removing or dead, not 'up'\n"
		"f.yaml:6:51: health: expected healthy, starting or unhealthy, not 'good'\n"
		"f.yaml:6:67: restarts: expected a condition such as \">= 3\", not 'none'\n"},
	{HTTP("{ url: 'http://h/', version: 3 }\n"),
		"f.yaml:6:40: version: expected auto, 1.1 or 2, not '3'\n"},
	{HTTP("{ url: 'http://h/', header: { 'a b': x, c: '/(/', d: [] } }\n"),
		"f.yaml:6:41: 'a b' cannot be the name of a header\n"
		"f.yaml:6:54: c: not a regular expression: Unmatched ( or \\(\n"
		"f.yaml:6:64: d: expected a name, a glob or a /regular expression/, not a list\n"},
	{HTTP("{ url: 'http://h/', json: [{ path: $.a, equals: 1, matches: x }, { path: $.b, "
	      "value: 3 }] }\n"),
		"f.yaml:6:62: json: 'equals' and 'matches' exclude each other\n"
		"f.yaml:6:96: value: expected a condition such as \">= 3\", not '3'\n"},
	{HTTP("{ url: 'http://h/', json: { path: $.a, value: ['>= 1', '< x', '< 5'] } }\n"),
		"f.yaml:6:57: value: expected at most 2 conditions\n"},
	{HTTP("{ url: 'http://h/', json: { path: $.a, value: ['>= 1', '< 1e5'] } }\n"),
		"f.yaml:6:66: value: expected a condition such as \">= 3\", not '< 1e5'\n"},
	{HTTP("{ url: 'http://h/', json: [] }\n"),
		"f.yaml:6:37: json: there is nothing in this list\n"},
	{HTTP("{ url: 'http://h/', cookies: 1, sequence: {} }\n"),
		"f.yaml:6:40: cookies: expected true or false, not '1'\n"
		"f.yaml:6:53: sequence: expected a list, not a mapping\n"},
	{HTTP("{ sequence: [] }\n"), "f.yaml:6:23: sequence: there is nothing in this list\n"},
	{HTTP("{ sequence: [{ body: x }] }\n"), "f.yaml:6:24: 'url' is missing\n"},
	{HTTP("{ url: 'http://h/', status: 200, sequence: [{ url: 'http://h/' }] }\n"),
		"f.yaml:6:13: 'url' has no meaning beside 'sequence': its steps say it\n"
		"f.yaml:6:31: 'status' has no meaning beside 'sequence': its steps say it\n"},
	{HTTP("{ sequence: [{ url: 'http://h/%{id}', capture: { id: { json: $.id } } }] }\n"),
		"f.yaml:6:31: url: no step before this one captures 'id'\n"},
	{HTTP("{ sequence: [{ url: 'http://h/', capture: { token: { json: $.t } } }, { url: "
	      "'http://h/%{tokn}', headers: { A: '%{xyz}' }, body: '%{' }] }\n"),
		"f.yaml:6:88: url: no step before this one captures 'tokn' (did you mean "
		"'token'?)\n"
		"f.yaml:6:122: A: no step before this one captures 'xyz'\n"},
	{HTTP("{ sequence: [{ url: 'http://h/', capture: { a: { json: $.t, header: B }, 'b c': { "
	      "header: 'x y' }, d: { json: t }, e: {}, f: { matches: '(' } } }] }\n"),
		"f.yaml:6:58: a: expected one of json, header and matches\n"
		"f.yaml:6:84: 'b c' cannot be a name: letters, digits and _ only\n"
		"f.yaml:6:101: header: 'x y' cannot be the name of a header\n"
		"f.yaml:6:121: json: JSON path \"t\": expected \"$\" at character 1\n"
		"f.yaml:6:129: e: there is nothing in this mapping\n"
		"f.yaml:6:147: matches: not a regular expression: Unmatched ( or \\(\n"},
	{HTTP("{ sequence: [{ url: 'http://h/', capture: { a: { header: A } } }, { url: "
	      "'http://h:8%{a}/' }, { url: 'http://u%{a}@h/' }] }\n"),
		"f.yaml:6:84: url: expected a URL such as http://127.0.0.1:8080/path, not "
		"'http://h:8%{a}/'\n"
		"f.yaml:6:84: url: a captured value cannot be in the host or port\n"
		"f.yaml:6:112: url: a captured value cannot be in the host or port\n"},
	{HTTP("{ sequence: [{ url: 'http://h/', timeout: 1s, capture: [] }] }\n"),
		"f.yaml:6:44: unknown key 'timeout'; the keys here are url, method, headers, body, "
		"follow_redirects, status, header, equals, contains, matches, json, capture\n"
		"f.yaml:6:66: capture: expected a mapping, not a list\n"},
	{KIND("prometheus", "{ url: 'http://h/?a', query: '', value: up }\n"),
		"f.yaml:6:24: url: expected the URL of the server only, without a query\n"
		"f.yaml:6:46: query: is empty\n"
		"f.yaml:6:57: value: expected a condition such as \">= 3\", not 'up'\n"},
	{KIND("prometheus", "{ query: up }\n"), "f.yaml:6:17: 'url' is missing\n"
						"f.yaml:6:17: 'value' is missing\n"},
	{KIND("prometheus", "{ url: 'http://h/', query: up, value: '> 1', step: 1s }\n"),
		"f.yaml:6:68: step: has no meaning without range\n"},
	{KIND("prometheus", "{ url: 'http://h/', query: up, value: '> 1', range: 0s, step: 1s }\n"),
		"f.yaml:6:69: range: expected 1ms or more\n"},
	{KIND("prometheus",
		 "{ url: 'http://h/', query: up, value: '> 1', range: 1h, step: 100ms }\n"),
		"f.yaml:6:79: step: expected a longer one, for at most 11000 samples in the "
		"range\n"},
	{KIND("prometheus", "{ url: 'http://h/', query: up, value: '> 1', range: 1s, step: 2s }\n"),
		"f.yaml:6:79: step: is longer than range\n"},
	{KIND("prometheus", "{ url: 'http://h/', query: up, value: '> 1', empty: maybe }\n"),
		"f.yaml:6:69: empty: expected ok or fail, not 'maybe'\n"},
	{KIND("grpc", "h\n"), "f.yaml:6:11: grpc: expected an address such as 127.0.0.1:50051, or "
			      "its http or https URL, not 'h'\n"},
	{KIND("grpc", "'http://h/path'\n"),
		"f.yaml:6:11: grpc: expected an address such as 127.0.0.1:50051, or its http or "
		"https URL, not 'http://h/path'\n"},
	{KIND("grpc", "'ftp://h:1'\n"),
		"f.yaml:6:11: grpc: expected an address such as 127.0.0.1:50051, or its http or "
		"https URL, not 'ftp://h:1'\n"},
	{KIND("grpc", "'[::1]'\n"), "f.yaml:6:11: grpc: expected an address such as "
				    "127.0.0.1:50051, or its http or https URL, not '[::1]'\n"},
	{KIND("grpc", "{ service: x }\n"), "f.yaml:6:11: 'address' is missing\n"},
	{KIND("grpc", "{ address: 'http://h:1', tls: { insecure: true } }\n"),
		"f.yaml:6:41: tls: has no meaning for an address that begins with http://\n"},
	{HTTP("http://h/\n    rate: 20\n"),
		"f.yaml:7:11: rate: '20' has no unit: write 20/s or 20/m\n"},
	{HTTP("http://h/\n    rate: 200000/s\n"), "f.yaml:7:11: rate: expected at most 100000/s\n"},
	{HTTP("http://h/\n    rate: maximum\n"),
		"f.yaml:7:11: rate: expected a frequency such as 20/s or 600/m, not 'maximum'\n"},
	{HEAD "load:\n  - { name: a, http: 'http://h/' }\n  - { name: a, http: 'http://h/', "
	      "rate: max }\n",
		"f.yaml:5:13: name: another probe is called that, at line 4\n"},
	{HTTP("http://h/\nload: [{ name: p, http: 'http://h/' }]\n"),
		"f.yaml:7:16: name: another probe is called that, at line 4\n"},
	{HTTP("http://h/\n    during: { p50: 1s, p95: [], xyz: '< 1s' }\n"),
		"f.yaml:7:20: p50: expected a comparison such as \"<= 250ms\", not '1s'\n"
		"f.yaml:7:29: p95: there is nothing in this list\n"
		"f.yaml:7:33: unknown metric 'xyz'; the metrics are " METRICS_SHOWN "\n"},
	{HEAD "steady_state:\n  - { name: a }\n",
		"f.yaml:4:5: the kind of the probe is missing, such as http; \"perturb probes\" "
		"lists them\n"
		"f.yaml:4:5: 'tolerate' is missing\n"},
	{HEAD "steady_state:\n  - { http: 'http://h/', tolerate: {} }\n",
		"f.yaml:4:5: 'name' is missing\n"
		"f.yaml:4:36: tolerate: there is nothing in this mapping\n"},
	{HEAD "steady_state:\n  - &p { name: a, http: 'http://h/', tolerate: { max: < 1s } }\n  - "
	      "*p\n",
		"f.yaml:4:16: name: another probe is called that, at line 4\n"},
	{HEAD "steady_state:\n  - { name: a, ntp: x, http: 'http://h/', tolerate: { sucess: '> "
	      "1%', xyz: 1 } }\n",
		"f.yaml:4:16: unknown key 'ntp'; a probe has a name, one kind such as http, rate, "
		"concurrency, tolerate and during\n"
		"f.yaml:4:55: unknown metric 'sucess' (did you mean 'success'?)\n"
		"f.yaml:4:71: unknown metric 'xyz'; the metrics are " METRICS_SHOWN "\n"},
	{TOLERATE("{ errors.timeot: <= 1%, trougput: '> 1/s', value.lats: < 1, p100: < 1s }"),
		"f.yaml:6:17: unknown metric 'errors.timeot' (did you mean 'errors.timeout'?)\n"
		"f.yaml:6:39: unknown metric 'trougput' (did you mean 'throughput'?)\n"
		"f.yaml:6:58: unknown metric 'value.lats' (did you mean 'value.last'?)\n"
		"f.yaml:6:75: unknown metric 'p100'; the metrics are " METRICS_SHOWN "\n"},
	{TOLERATE("{ p95: <= baseline ^ 2, success: '>= baseline - 5ms', max: < baseline * 0 }"),
		"f.yaml:6:22: p95: expected *, /, + or - after what is compared with, not '^ 2'\n"
		"f.yaml:6:48: success: expected a percentage such as 5% or 0.1%, not '5ms'\n"
		"f.yaml:6:74: max: expected a factor above 0 such as 2 or 1.1, not '0'\n"},
	{TOLERATE("{ p95: ['> 1ms', 5], any: { p50: < 1s }, none: [x], all: [] }"),
		"f.yaml:6:32: p95: expected a comparison such as \"<= 250ms\", not '5'\n"
		"f.yaml:6:41: any: expected a list, not a mapping\n"
		"f.yaml:6:63: none: expected a mapping, not text\n"
		"f.yaml:6:72: all: there is nothing in this list\n"},
	{TOLERATE("{ any: [{ any: [{ any: [{ any: [{ any: [{ any: [{ any: [{ any: [{ "
		  "any: [{ max: < 1s }] }] }] }] }] }] }] }] }] }"),
		"f.yaml:6:86: any: tolerances are nested more than 8 deep\n"},
	{TOLERATE("{ p95: <= stored }"),
		"f.yaml:6:22: p95: 'stored' needs compare_with, the report to compare with\n"},
	{TOLERATE("{ p95: <= stored }\ncompare_with: /nonexistent.json\nstrict: maybe"),
		"f.yaml:7:15: compare_with: '/nonexistent.json' cannot be opened: No such file or "
		"directory\n"
		"f.yaml:8:9: strict: expected true or false, not 'maybe'\n"},
	{TOLERATE("{ p95: < 1s }\ncompare_with: /proc/version"),
		"f.yaml:7:15: compare_with: '/proc/version' is not JSON\n"},
	{STEP("{}\n"), "f.yaml:5:5: method: there is nothing in this mapping\n"},
	{STEP("{ for: 1s }\n"),
		"f.yaml:5:5: the fault is missing: 'perturb faults' lists the kinds\n"},
	{STEP("{ latncy: { target: users, delay: 1ms }, for: 1s }\n"),
		"f.yaml:5:7: unknown key 'latncy' (did you mean 'latency'?)\n"},
	{STEP("{ cpu: { target: users }, for: 1s }\n"),
		"f.yaml:5:7: unknown key 'cpu'; the keys here are at, for, on, off, repeat, pick, "
		"follow and one "
		"kind of "
		"fault (see 'perturb faults')\n"},
	{STEP("{ latency: { target: users, delay: 1ms }, for: 1s, follow: maybe }\n"),
		"f.yaml:5:64: follow: expected true or false, not 'maybe'\n"},
	{STEP("{ latency: { target: users, delay: 1ms } }\n"),
		"f.yaml:5:7: latency: 'for' is missing: how long it lasts, such as for: 30s\n"},
	{STEP("{ latency: { target: users, delay: 1ms }, loss: { target: users, percent: 1% }, "
	      "for: 1s }\n"),
		"f.yaml:5:47: a step has one fault, and this one has 'latency' already; begin the "
		"next step with '-'\n"},
	{STEP("{ latency: { target: users, delya: 200ms }, for: 1s }\n"),
		"f.yaml:5:33: unknown key 'delya' (did you mean 'delay'?)\n"},
	{STEP("{ latency: { target: users, bogus: 1 }, for: 1s }\n"),
		"f.yaml:5:33: unknown key 'bogus'; 'perturb faults latency' lists the "
		"parameters\n"},
	{STEP("{ latency: { delay: 200ms }, for: 1s }\n"),
		"f.yaml:5:16: latency: 'target' is missing\n"},
	{STEP("{ latency: { target: user, delay: 200ms }, for: 1s }\n"),
		"f.yaml:5:26: target: no target 'user' (did you mean 'users'?)\n"},
	{STEP("{ latency: { target: frontend, delay: 200ms }, for: 1s }\n"),
		"f.yaml:5:26: target: targets has no 'frontend'\n"},
	{STEP("{ latency: { target: [users], delay: 200ms }, for: 1s }\n"),
		"f.yaml:5:26: target: expected the name of a target, not a list\n"},
	{STEP("{ latency: users, for: 1s }\n"), "f.yaml:5:16: latency: delay is missing\n"},
	{STEP("{ latency: { target: users }, for: 1s }\n"),
		"f.yaml:5:16: latency: delay is missing\n"},
	{STEP("{ latency: { target: users, delay: 200 }, for: 1s }\n"),
		"f.yaml:5:40: delay: '200' has no unit: write 200ms or 200s\n"},
	{STEP("{ latency: { target: users, delay: 1e3ms }, for: 1s }\n"),
		"f.yaml:5:40: delay: expected a duration such as 200ms, 1.5s or 2m, not '1e3ms'\n"},
	{STEP("{ latency: { target: users, delay: 10ns }, for: 1s }\n"),
		"f.yaml:5:40: delay: expected at least 1us, not '10ns'\n"},
	{STEP("{ latency: { target: users, delay: 1h }, for: 1s }\n"),
		"f.yaml:5:40: delay: expected at most 4m, not '1h'\n"},
	{STEP("{ latency: { target: users, delay: 1ms, jitter: 2ms }, for: 1s }\n"),
		"f.yaml:5:53: latency: jitter must not exceed delay\n"},
	{STEP("{ latency: { target: users, delay: 1ms, jitter: 1ms, distribution: norml }, for: 1s "
	      "}\n"),
		"f.yaml:5:72: distribution: expected one of uniform, normal, pareto, paretonormal, "
		"not 'norml' (did you mean 'normal'?)\n"},
	{STEP("{ loss: { target: users, percent: 101% }, for: 1s }\n"),
		"f.yaml:5:39: percent: '101%' is more than 100%\n"},
	{STEP("{ loss: { target: users, percent: NaN }, for: 1s }\n"),
		"f.yaml:5:39: percent: expected a percentage such as 5% or 0.1%, not 'NaN'\n"},
	{STEP("{ loss: { target: users, percent: 0% }, for: 1s }\n"),
		"f.yaml:5:39: loss: percent must be more than 0%\n"},
	{STEP("{ bandwidth: { target: users, rate: 1 }, for: 1s }\n"),
		"f.yaml:5:41: rate: '1' has no unit: write 1kbit or 1mbit\n"},
	{STEP("{ bandwidth: { target: users, rate: 1mbit, burst: 64 }, for: 1s }\n"),
		"f.yaml:5:55: burst: '64' has no unit: write 64KiB or 64MiB\n"},
	{STEP("{ reorder: { target: users, percent: 5% }, for: 1s }\n"),
		"f.yaml:5:16: reorder: delay is needed to reorder packets: some overtake the "
		"others, which wait that long\n"},
	{STEP("{ reorder: { target: users, percent: 5%, delay: 1ms, gap: -1 }, for: 1s }\n"),
		"f.yaml:5:63: gap: expected a whole number, not '-1'\n"},
	{STEP("{ network: { target: users }, for: 1s }\n"),
		"f.yaml:5:16: network: does nothing: give at least one of latency, loss, "
		"duplicate, corrupt, reorder, bandwidth, slot and profile\n"},
	{STEP("{ network: { target: users, slot: { packets: 3 } }, for: 1s }\n"),
		"f.yaml:5:39: network: slot needs min_delay or delay: how often one begins\n"},
	{STEP("{ network: { target: users, slot: { delay: 3ms, min_delay: 1ms } }, for: 1s }\n"),
		"f.yaml:5:39: network: slot delay excludes min_delay and max_delay\n"},
	{STEP("{ network: { target: users, slot: { min_delay: 3ms, max_delay: 1ms } }, for: 1s "
	      "}\n"),
		"f.yaml:5:39: network: slot max_delay must not be less than min_delay\n"},
	{STEP("{ network: { target: users, slot: { delay: 1ms, distribution: normal } }, for: 1s "
	      "}\n"),
		"f.yaml:5:39: network: slot distribution has no meaning without delay and "
		"jitter\n"},
	{STEP("{ network: { target: users, slot: { min_delay: 3s } }, for: 1s }\n"),
		"f.yaml:5:52: slot.min_delay: expected at most 2s, not '3s'\n"},
	{STEP("{ network: { target: users, loss: { percent: 1% }, limit: 0 }, for: 1s }\n"),
		"f.yaml:5:63: limit: expected at least 1, not '0'\n"},
	{STEP("{ network: { target: users, profile: 3gg }, for: 1s }\n"),
		"f.yaml:5:42: profile: expected one of none, dial-up, 2g, edge, 3g-slow, 3g, "
		"3g-fast, 4g, lte, 5g, dsl, cable, fibre, satellite, starlink, lossy-wifi, "
		"transatlantic, transpacific, not '3gg' (did you mean '3g'?)\n"},
	{STEP("{ network: { target: users, profile: none }, for: 1s }\n"),
		"f.yaml:5:16: network: does nothing: give at least one of latency, loss, "
		"duplicate, corrupt, reorder, bandwidth, slot and profile\n"},
	{STEP("{ bandwidth: { target: users, rate: 1mbit, peakrate: 1mbit }, for: 1s }\n"),
		"f.yaml:5:58: bandwidth: peakrate must be more than rate\n"},
	{STEP("{ bandwidth: { target: users, rate: 1mbit, mtu: 2KiB }, for: 1s }\n"),
		"f.yaml:5:53: bandwidth: mtu has no meaning without peakrate\n"},
	{STEP("{ latency: { target: users, delay: 1s, table: t }, for: 1s }\n"),
		"f.yaml:5:51: latency: table has no meaning without jitter\n"},
	{STEP("{ latency: { target: users, delay: 1s, jitter: 1s, table: /nonexistent/t }, for: 1s "
	      "}\n"),
		"f.yaml:5:63: latency: table cannot be opened: No such file or directory\n"},
	{STEP("{ latency: { target: users, delay: 1s, jitter: 1s, distribution: normal, table: t "
	      "}, "
	      "for: 1s }\n"),
		"f.yaml:5:85: latency: table excludes distribution: give one of them\n"},
	{STEP("{ latency: { target: users, delay: 9s, jitter: 3s }, for: 1s }\n"),
		"f.yaml:5:52: jitter: expected at most 2.147s, not '3s'\n"},
	{STEP("{ network: { target: users, loss: 5% }, for: 1s }\n"),
		"f.yaml:5:39: loss: expected a mapping, not text\n"},
	{STEP("{ network: { target: users, loss: {} }, for: 1s }\n"),
		"f.yaml:5:39: loss: there is nothing in this mapping\n"},
	{STEP("{ network: { target: users, loss: { corelation: 5% } }, for: 1s }\n"),
		"f.yaml:5:41: unknown key 'corelation' (did you mean 'correlation'?)\n"},
	{STEP("{ network: { target: users, loss: { correlation: 5% } }, for: 1s }\n"),
		"f.yaml:5:39: network: loss one of percent, gemodel, state is missing\n"},
	{STEP("{ loss: users, for: 1s }\n"),
		"f.yaml:5:13: loss: one of percent, gemodel, state is missing\n"},
	{STEP("{ loss: { target: users, percent: 1%, gemodel: { p: 1%, r: 9% } }, for: 1s }\n"),
		"f.yaml:5:52: loss: gemodel excludes percent: give one of them\n"},
	{STEP("{ loss: { target: users, gemodel: { p: 1% } }, for: 1s }\n"),
		"f.yaml:5:39: loss: gemodel 'r' is missing\n"},
	{STEP("{ loss: { target: users, gemodel: { p: 1%, r: 0% } }, for: 1s }\n"),
		"f.yaml:5:51: gemodel.r: expected at least 0.000001%, not '0%'\n"},
	{STEP("{ loss: { target: users, gemodel: { p: 1%, r: 9%, bad_loss: 0% } }, for: 1s }\n"),
		"f.yaml:5:65: loss: bad_loss and good_loss of 0% lose nothing\n"},
	{STEP("{ loss: { target: users, correlation: 1%, gemodel: { p: 1%, r: 9% } }, for: 1s "
	      "}\n"),
		"f.yaml:5:43: loss: correlation goes with percent only\n"},
	{STEP("{ network: { target: users, loss: { state: { p13: 60%, p31: 1%, p14: 41% } } }, "
	      "for: 1s }\n"),
		"f.yaml:5:74: network: p14 and p13 are more than 100% together\n"},
	{STEP("{ network: { target: users, loss: { state: { p31: 1% } } }, for: 1s }\n"),
		"f.yaml:5:48: network: state 'p13' is missing\n"},
	{STEP("{ network: { target: users, loss: { state: { p41: 1% } } }, for: 1s }\n"),
		"f.yaml:5:50: unknown key 'p41' (did you mean 'p31'?)\n"},
	{STEP("{ loss: { target: users, percent: 1%, ecn: yes }, for: 1s }\n"),
		"f.yaml:5:48: ecn: expected true or false, not 'yes'\n"},
	{STEP("{ network: { target: users, loss: { percent: 0%, ecn: true } }, for: 1s }\n"),
		"f.yaml:5:59: network: ecn marks nothing with a loss of 0%\n"},
	{STEP("{ network: { target: users, bandwidth: { rate: 1mbit, cell_overhead: 5B } }, for: "
	      "1s }\n"),
		"f.yaml:5:74: network: cell_overhead has no meaning without cell_size\n"},
	{STEP("{ network: { target: users, bandwidth: { rate: 1mbit, packet_overhead: -15B } }, "
	      "for: 1s }\n"),
		"f.yaml:5:76: bandwidth.packet_overhead: expected at least -14B, not '-15B'\n"},
	{STEP("{ network: { target: users, loss: { state: 1% } }, for: 1s }\n"),
		"f.yaml:5:48: state: expected a mapping, not text\n"},
	{STEP("{ network: { target: users, loss: { percent: 5 } }, for: 1s }\n"),
		"f.yaml:5:50: loss.percent: '5' has no unit: write 5%\n"},
	{STEP("{ network: { target: users, latency: { delay: 1ms, jitter: 2ms } }, for: 1s }\n"),
		"f.yaml:5:64: network: jitter must not exceed delay\n"},
	{STEP("{ loss: { target: users, percent: 1%, segment: yes }, for: 1s }\n"),
		"f.yaml:5:52: segment: expected true or false, not 'yes'\n"},
	{STEP("{ latency: { target: users, delay: { from: 5ms, to: 5ms } }, for: 1s }\n"),
		"f.yaml:5:57: delay.to: is the same as from: give one value\n"},
	{STEP("{ latency: { target: users, delay: { from: 5ms, to: 6, over: 500ms } }, for: 1s "
	      "}\n"),
		"f.yaml:5:57: delay.to: '6' has no unit: write 6ms or 6s\n"},
	{STEP("{ latency: { target: users, delay: { from: 0ms, to: 1s, over: 2s } }, for: 1s }\n"),
		"f.yaml:5:67: delay: over is longer than the fault: 'for' says how long that "
		"lasts\n"},
	{STEP("{ loss: { target: users, percent: { from: 0%, to: 9%, steps: 0 } }, for: 1s }\n"),
		"f.yaml:5:66: steps: expected 1 to 1000\n"},
	{STEP("{ loss: { target: users, percent: { from: 0%, to: 9%, steps: 900 } }, for: 500ms "
	      "}\n"),
		"f.yaml:5:66: percent: steps are shorter than 1ms: take fewer, or give more time "
		"by 'over'\n"},
	{STEP("{ latency: { target: users, delay: { from: 100ms, to: 1ms }, jitter: 50ms }, for: "
	      "1s }\n"),
		"f.yaml:5:74: latency, as it changes: jitter must not exceed delay\n"},
	{STEP("{ latency: { target: users, delay: { from: 1ms, until: 2ms } }, for: 1s }\n"),
		"f.yaml:5:40: 'to' is missing\nf.yaml:5:53: unknown key 'until'; the keys here are "
		"from, to, over, steps\n"},
	{STEP("{ pause: users, on: 1s, for: 3s }\n"),
		"f.yaml:5:25: on and off go together: for how long it is in force, and for how "
		"long it is not\n"},
	{STEP("{ pause: users, on: 3s, off: 1s, for: 3s }\n"),
		"f.yaml:5:25: on: is not shorter than the fault, which would never be off\n"},
	{STEP("{ kill: users, on: 1s, off: 1s }\n"),
		"f.yaml:5:24: kill happens at once, and cannot be on and off: see 'repeat'\n"},
	{STEP("{ pause: users, for: 10s, repeat: { every: 1s, times: 3 } }\n"),
		"f.yaml:5:39: repeat: every is shorter than 'for': one would begin before the "
		"other has ended\n"},
	{STEP("{ kill: users, repeat: { every: 1s, times: 0 } }\n"),
		"f.yaml:5:48: times: expected 1 to 10000\n"},
	{STEP("{ pause: users, for: 24h, on: 1ms, off: 1ms }\n"),
		"f.yaml:5:7: this step would make more than 10000 faults of the method\n"},
	{STEP("{ kill: { target: users, signal: { from: 1, to: 2 } } }\n"),
		"f.yaml:5:38: signal: expected a signal such as TERM, SIGKILL or 9, not a "
		"mapping\n"},
	{STEP("{ partition: { target: users, to: 10.0.0.1, segment: true }, for: 1s }\n"),
		"f.yaml:5:58: segment: has no meaning for partition\n"},
	{STEP("{ loss: { target: users, percent: 1%, direction: up }, for: 1s }\n"),
		"f.yaml:5:54: direction: expected egress, ingress or both, not 'up'\n"},
	{STEP("{ loss: { target: users, percent: 1%, interface: a-name-that-is-too-long }, for: 1s "
	      "}\n"),
		"f.yaml:5:54: interface: expected the name of a network interface such as eth0, "
		"not 'a-name-that-is-too-long'\n"},
	{STEP("{ pause: { target: users, interface: eth0 }, for: 1s }\n"),
		"f.yaml:5:31: unknown key 'interface'; 'perturb faults pause' lists the "
		"parameters\n"},
	{STEP("{ pause: , for: 1s }\n"),
		"f.yaml:5:14: target: expected the name of a target, not nothing\n"},
	{STEP("{ kill: { target: users, signal: FOO } }\n"),
		"f.yaml:5:38: signal: expected a signal such as TERM, SIGKILL or 9, not 'FOO'\n"},
	{STEP("{ kill: { target: users, command: '' } }\n"), "f.yaml:5:39: command: is empty\n"},
	{STEP("{ pause: users, for: 0s }\n"), "f.yaml:5:26: for: expected at least 1ms\n"},
	{STEP("{ pause: users, for: 25h, at: 25h }\n"), "f.yaml:5:26: for: expected at most 24h\n"
							"f.yaml:5:35: at: expected at most 24h\n"},
	{STEP("{ pause: users, for: 10, at: -1s, pick: some }\n"),
		"f.yaml:5:26: for: '10' has no unit: write 10ms or 10s\n"
		"f.yaml:5:34: at: expected a duration such as 200ms, 1.5s or 2m, not '-1s'\n"
		"f.yaml:5:45: pick: expected all, a number or a percentage, more than none, not "
		"'some'\n"},
	{HEAD TARGETS PROBES "abort_when: [{}, { probe: gatway, success: < 1%, over: 3s }]\n",
		"f.yaml:6:14: abort_when: there is nothing in this mapping\n"
		"f.yaml:6:27: probe: no probe 'gatway' (did you mean 'gateway'?)\n"},
	{HEAD TARGETS PROBES
		"abort_when: [{ probe: gateway }, { probe: x, xyz: < 1s, over: 1ms }]\n",
		"f.yaml:6:14: the condition is missing, such as success: \"< 20%\"\n"
		"f.yaml:6:14: 'over' is missing\n"
		"f.yaml:6:34: the condition is missing, such as success: \"< 20%\"\n"
		"f.yaml:6:43: probe: steady_state has no probe 'x'\n"
		"f.yaml:6:46: unknown metric 'xyz'; the metrics are " METRICS_SHOWN "\n"
		"f.yaml:6:63: over: expected between 100ms and 10m\n"},
	{HEAD TARGETS PROBES "abort_when: [{ probe: gateway, p50: < 1s, p95: < 1s, over: 3s }]\n",
		"f.yaml:6:43: a guard has one condition; write another guard for this one\n"},
	{HEAD TARGETS METHOD "limits: { max_instances: 0, max_percent: 0%, max_duration: 0 }\n",
		"f.yaml:7:26: max_instances: a limit of nothing allows no fault at all\n"
		"f.yaml:7:42: max_percent: a limit of nothing allows no fault at all\n"
		"f.yaml:7:60: max_duration: a limit of nothing allows no fault at all\n"},
	{HEAD TARGETS METHOD "limits: { max_instance: 1, max_percent: 101, max_duration: 5 }\n",
		"f.yaml:7:11: unknown key 'max_instance' (did you mean 'max_instances'?)\n"
		"f.yaml:7:41: max_percent: '101' has no unit: write 101%\n"
		"f.yaml:7:60: max_duration: '5' has no unit: write 5ms or 5s\n"},
	{HEAD TARGETS METHOD "limits: { max_duration: 500ms }\n",
		"f.yaml:6:10: this step ends at 1s, but limits.max_duration is 500ms\n"},
	{HEAD TARGETS METHOD "variables: 1\n",
		"f.yaml:7:12: variables: expected a mapping, not text\n"},
	{VARIABLES("a b: 1\n"), "f.yaml:4:3: 'a b' cannot name a variable: use letters, digits, "
				"'_', '-' and '.'\n"},
	{VARIABLES("a:\n"), "f.yaml:4:5: a: expected a value or a mapping, not nothing\n"},
	{VARIABLES("a: [1]\n"), "f.yaml:4:6: a: expected a value or a mapping, not a list\n"},
	{VARIABLES("a: { }\n"), "f.yaml:4:6: a: there is nothing in this mapping\n"},
	{VARIABLES("a: { secret: true }\n"), "f.yaml:4:6: a: has no value: give it env, default or "
					     "value, or use --set a=VALUE\n"},
	{VARIABLES("a: { evn: X }\n"), "f.yaml:4:8: unknown key 'evn' (did you mean 'env'?)\n"},
	{VARIABLES("a: { env: PERTURB_TEST_NONE }\n"),
		"f.yaml:4:6: a: the environment has no PERTURB_TEST_NONE, and there is no default; "
		"export it or use --set\n"},
	{HEAD "variables: { a: { env: PERTURB_TEST_NONE }, b: '${a}' }\ntargets: { a: { netns: "
	      "'${a}', pick: '${b}' } }\nsteady_state:\n  - { name: '${a}', http: '${b}', rate: "
	      "'${a}', tolerate: { p50: '${a}' } }\nmethod: [{ latency: { target: a, delay: '${a}' "
	      "}, for: '${a}' }]\n",
		"f.yaml:3:17: a: the environment has no PERTURB_TEST_NONE, and there is no "
		"default; export it or use --set\n"},
	{VARIABLES("a: ${b}\n  b: 1\n"), "f.yaml:4:6: a: no variable 'b'; one may name those above "
					 "it, and $$ is a dollar sign\n"},
	{VARIABLES("a: ${a}\n"), "f.yaml:4:6: a: no variable 'a'; one may name those above it, and "
				 "$$ is a dollar sign\n"},
	{VARIABLES("gateway: 1\ntags: ['${gatway}', '${x', '${}', '$x $$ $']\n"),
		"f.yaml:5:8: tags: no variable 'gatway' (did you mean 'gateway'?)\n"
		"f.yaml:5:21: tags: '${' without its '}'; write $$ for a dollar sign\n"
		"f.yaml:5:28: tags: no variable ''; one may name those above it, and $$ is a "
		"dollar sign\n"},
	{VARIABLES("s: { env: PERTURB_TEST_TOKEN, secret: true }\n  t: a${s}\ntags: "
		   "['${s}']\nbaseline: ${s}\nrecovery: ${t}\nlimits: { max_instances: '${s}', "
		   "max_percent: '${s}' }\n"),
		"f.yaml:7:11: baseline: expected a duration such as 200ms, 1.5s or 2m, not '***'\n"
		"f.yaml:8:11: recovery: expected a duration such as 200ms, 1.5s or 2m, not '***'\n"
		"f.yaml:9:26: max_instances: expected a whole number, not '***'\n"
		"f.yaml:9:47: max_percent: expected a percentage such as 5% or 0.1%, not '***'\n"},
	{VARIABLES("s: { default: '(', secret: true }\nsteady_state:\n  - { name: '${s}', http: "
		   "'${s}', rate: '${s}', tolerate: { p50: '${s}' } }\n  - name: p\n    http: { "
		   "url: 'http://${s}', method: '${s}', status: '${s}', matches: '${s}', json: { "
		   "path: '${s}' }, follow_redirects: '${s}' }\n    tolerate: { p50: '< ${s}' }\n"),
		"f.yaml:6:27: http: expected a URL such as http://127.0.0.1:8080/path, not '***'\n"
		"f.yaml:6:41: rate: expected a frequency such as 20/s or 600/m, not '***'\n"
		"f.yaml:6:66: p50: expected a comparison such as \"<= 250ms\", not '***'\n"
		"f.yaml:8:18: url: expected a URL such as http://127.0.0.1:8080/path, not '***'\n"
		"f.yaml:8:41: method: expected an HTTP method in capitals such as GET, not '***'\n"
		"f.yaml:8:57: status: expected a status from 100 to 599, a range such as 200-299, "
		"or 2xx, not '***'\n"
		"f.yaml:8:74: matches: expected a regular expression, not '***'\n"
		"f.yaml:8:96: path: expected a JSON path such as $.orders[0].id, not '***'\n"
		"f.yaml:8:124: follow_redirects: expected true or false, not '***'\n"
		"f.yaml:9:22: p50: expected a comparison such as \"<= 250ms\", not '***'\n"},
	{HEAD "variables: { s: { default: '(', secret: true } }\ntargets: { a: { container: { "
	      "name: '/${s}/', id: '${s}', runtime: '${s}', label: '=${s}' }, pick: '${s}' } "
	      "}\nmethod:\n  - { latency: { target: '${s}', delay: '${s}', distribution: '${s}', "
	      "direction: '${s}' }, for: '${s}' }\n  - { kill: { target: a, signal: '${s}' } }\n",
		"f.yaml:4:36: name: expected a name, a glob or a /regular expression/, not '***'\n"
		"f.yaml:4:67: runtime: expected docker or podman, not '***'\n"
		"f.yaml:4:82: label: expected a label such as tier=web, not '***'\n"
		"f.yaml:4:99: pick: expected all, a number or a percentage, more than none, not "
		"'***'\n"
		"f.yaml:6:26: target: targets has no '***'\n"
		"f.yaml:6:41: delay: expected a duration such as 200ms, 1.5s or 2m, not '***'\n"
		"f.yaml:6:63: distribution: expected one of the choices, not '***'\n"
		"f.yaml:6:82: direction: expected egress, ingress or both, not '***'\n"
		"f.yaml:6:97: for: expected a duration such as 200ms, 1.5s or 2m, not '***'\n"
		"f.yaml:7:34: signal: expected a signal such as TERM, SIGKILL or 9, not '***'\n"},
	{HEAD "\"\\e[31mred\": 1\n" TARGETS METHOD,
		"f.yaml:3:1: unknown key '�[31mred'; the keys here are variables, version, title, "
		"tags, targets, compare_with, steady_state, load, baseline, method, recovery, "
		"abort_when, strict, limits\n"},
};

START_TEST(experiment_refuses)
{
	ck_assert_int_eq(parse(invalid[_i].text), -1);
	ck_assert_str_eq(messages(), invalid[_i].messages);
	ck_assert_ptr_null(experiment.arena.blocks);
}
END_TEST

/* Parts of files that are valid by themselves, so that the cases above fail for their own reason.
 */
START_TEST(parts_are_valid)
{
	assert_valid(HEAD TARGETS METHOD PROBES);
	teardown();
	assert_valid(TARGET("{ netns: a }"));
	teardown();
	assert_valid(HTTP("http://h/\n"));
	teardown();
	assert_valid(VARIABLES("a: 1\n"));
}
END_TEST

START_TEST(errors_beyond_the_list_are_counted)
{
	char text[16384] = HEAD TARGETS METHOD;
	char line[32];

	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof(line), "key%d: 1\n", i);
		strcat(text, line);
	}
	ck_assert_int_eq(parse(text), -1);
	ck_assert_uint_eq(errors.count, ERR_LIST_MAX);
	ck_assert_uint_eq(errors.total, 100);
}
END_TEST

/* 64 KiB of "${a}${a}…", each of which stands for 64 KiB. */
START_TEST(substitution_bombs_are_refused)
{
	static char text[256 * 1024];
	char *at = stpcpy(text, HEAD "variables:\n  a: ");

	memset(at, 'x', 60000);
	at = stpcpy(at + 60000, "\n  b: \"");
	for (int i = 0; i < 15000; i++)
		at = stpcpy(at, "${a}");
	strcpy(at, "\"\n" TARGETS METHOD);
	ck_assert_int_eq(parse(text), -1);
	ck_assert_str_eq(messages(), "f.yaml:5:6: b: more than 64 KiB with its variables\n");
}
END_TEST

START_TEST(substitution_is_limited_in_total)
{
	static char text[256 * 1024];
	char *at = stpcpy(text, HEAD "variables:\n  a: ");

	memset(at, 'x', 60000);
	at = stpcpy(at + 60000, "\ntags:\n");
	for (int i = 0; i < 100; i++)
		at = stpcpy(at, "  - \"${a}\"\n");
	strcpy(at, TARGETS METHOD);
	ck_assert_int_eq(parse(text), -1);
	ck_assert_uint_eq(errors.total, 100 - 2 * 1024 * 1024 / 60000);
	ck_assert_str_eq(errors.items[0].message,
		"tags: the variables of this file make it larger than 2048 KiB");
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
	ck_assert_int_eq(experiment_read("/nonexistent/f.yaml", NULL, 0, &experiment, &errors), -1);
	ck_assert_str_eq(
		messages(), "/nonexistent/f.yaml: cannot be opened: No such file or directory\n");
	memset(&errors, 0, sizeof(errors));
	ck_assert_int_eq(experiment_read("/", NULL, 0, &experiment, &errors), -1);
	ck_assert_str_eq(messages(), "/: cannot be read: Is a directory\n");
	memset(&errors, 0, sizeof(errors));
	ck_assert_int_eq(experiment_read("/dev/zero", NULL, 0, &experiment, &errors), -1);
	ck_assert_str_eq(messages(), "/dev/zero: the file is larger than 1024 KiB\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("experiment errors");
	TCase *tests = tcase_create("experiment errors");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, parts_are_valid);
	tcase_add_loop_test(tests, experiment_refuses, 0, COUNT(invalid));
	tcase_add_test(tests, errors_beyond_the_list_are_counted);
	tcase_add_test(tests, substitution_bombs_are_refused);
	tcase_add_test(tests, substitution_is_limited_in_total);
	tcase_add_test(tests, files_that_cannot_be_read);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
