/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that say which packets a network fault is meant for: what is understood, what is
 * refused, and what becomes of them in a plan. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/wait.h>

#include "experiments/aim_text.h"
#include "experiments/host_name.h"
#include "experiments/ssh_session.h"
#include "experiments/ssh_socket.h"
#include "faults/clock.h"
#include "reports/report.h"
#include "tests/unit/experiment_case.h"

#define AIM(keys)                                                                                  \
	"version: 1\ntitle: t\ntargets: { users: { netns: a }, db: { netns: b } }\nmethod:\n"      \
	"  - { loss: { target: users, percent: 1%, " keys " }, for: 1s }\n"

static const struct {
	const char *text;
	const char *messages;
} invalid[] = {
	{AIM("to: 10.0.0.5/8"),
		"f.yaml:5:47: to: 10.0.0.5/8 is an address in a network: write 10.0.0.0/8 for the "
		"network, or 10.0.0.5 for the address\n"},
	{AIM("to: [10.0.0.1, 10.0.0.0/33]"),
		"f.yaml:5:58: to: '10.0.0.0/33': expected a number of bits from 0 to 32 behind the "
		"slash\n"},
	{AIM("to: 10.0.0"), "f.yaml:5:47: to: '10.0.0' is no IP address\n"},
	{AIM("to: 10.0.0.256"), "f.yaml:5:47: to: '10.0.0.256' is no IP address\n"},
	{AIM("from: 'fd00::g'"), "f.yaml:5:49: from: 'fd00::g' is no IP address\n"},
	{AIM("from: 'fd00::1/64'"),
		"f.yaml:5:49: from: fd00::1/64 is an address in a network: write fd00::/64 for the "
		"network, or fd00::1 for the address\n"},
	{AIM("to: 'a host'"),
		"f.yaml:5:47: to: expected an address, a network such as 10.0.0.0/8, a host name "
		"or a target, not 'a host'\n"},
	{AIM("to: []"), "f.yaml:5:47: to: there is nothing in this list\n"},
	{AIM("to: { a: b }"),
		"f.yaml:5:47: to: expected an address, a network such as 10.0.0.0/8, a host name "
		"or a target, not a mapping\n"},
	{AIM("ports: 0"), "f.yaml:5:50: ports: '0': there is no port 0, only 1 to 65535\n"},
	{AIM("ports: [80, 65536]"),
		"f.yaml:5:55: ports: '65536': there is no port 65536, only 1 to 65535\n"},
	{AIM("ports: http"),
		"f.yaml:5:50: ports: 'http': expected a port such as 443, or a range such as "
		"8000-8100\n"},
	{AIM("local_ports: 8100-8000"),
		"f.yaml:5:56: local_ports: '8100-8000' goes from the higher port to the lower: "
		"write 8000-8100\n"},
	{AIM("ports: 80, protocol: icmp"), "f.yaml:5:50: ports: icmp has no ports\n"},
	{AIM("ports: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]"),
		"f.yaml:5:50: ports: more than 16: name ranges, such as 8000-8100\n"},
	{AIM("protocol: tpc"),
		"f.yaml:5:53: protocol: expected tcp, udp, icmp or sctp, not 'tpc' (did you mean "
		"'tcp'?)\n"},
	{AIM("dscp: 64"),
		"f.yaml:5:49: dscp: expected a number from 0 to 63, or a name such as ef, af41 or "
		"cs5, not 64\n"},
	{AIM("dscp: af44"),
		"f.yaml:5:49: dscp: expected a number from 0 to 63, or a name such as ef, af41 or "
		"cs5, not 'af44' (did you mean 'af41'?)\n"},
	{AIM("family: ipv5"),
		"f.yaml:5:51: family: expected ipv4 or ipv6, not 'ipv5' (did you mean 'ipv4'?)\n"},
	{AIM("family: ipv6, to: 10.0.0.1"),
		"f.yaml:5:61: to: '10.0.0.1' is not of the family that is asked for\n"},
	{AIM("from: 10.0.0.1, direction: egress"),
		"f.yaml:5:49: from: is about what arrives, but direction is egress: give to, or "
		"direction: both\n"},
	{AIM("to: 10.0.0.1, direction: ingress"),
		"f.yaml:5:47: to: is about what leaves, but direction is ingress: give from, or "
		"direction: both\n"},
	{AIM("spare: me"), "f.yaml:5:50: spare: expected ssh or probes, not 'me'\n"},
	{AIM("except: [{ port: 80 }]"),
		"f.yaml:5:54: unknown key 'port'; the keys here are to or from, ports, "
		"local_ports, protocol\n"},
	{AIM("except: [{ to: db, from: db }]"), "f.yaml:5:52: except: to and from mean the same "
						"here, the peer: give one of them\n"},
	{AIM("except: [{ protocol: icmp, ports: 80 }]"),
		"f.yaml:5:52: except: icmp has no ports\n"},
	{AIM("poorts: 80"), "f.yaml:5:43: unknown key 'poorts' (did you mean 'ports'?)\n"},
	{AIM("to: 1.2.3.4/x, ports: 0, dscp: 99"),
		"f.yaml:5:47: to: '1.2.3.4/x': expected a number of bits from 0 to 32 behind the "
		"slash\n"
		"f.yaml:5:65: ports: '0': there is no port 0, only 1 to 65535\n"
		"f.yaml:5:74: dscp: expected a number from 0 to 63, or a name such as ef, af41 or "
		"cs5, not 99\n"},
};

START_TEST(aim_is_refused)
{
	ck_assert_int_eq(parse(invalid[_i].text), -1);
	ck_assert_str_eq(messages(), invalid[_i].messages);
}
END_TEST

static const struct fault *read_aim(const char *text)
{
	assert_valid(text);
	return &experiment.faults[0];
}

static void assert_network(
	const struct aim_network *network, const char *address, unsigned int prefix)
{
	char text[INET6_ADDRSTRLEN];

	ck_assert_str_eq(inet_ntop(network->family, network->address, text, sizeof(text)), address);
	ck_assert_uint_eq(network->prefix, prefix);
}

START_TEST(peers_are_told_apart)
{
	const struct fault *fault =
		read_aim(AIM("to: [10.0.0.1, 10.0.0.0/8, 'fd00::/8', db, example.org, users]"));
	const struct peer *peers = fault->aim.to.items;

	ck_assert_uint_eq(fault->aim.to.count, 6);
	assert_network(&peers[0].network, "10.0.0.1", 32);
	assert_network(&peers[1].network, "10.0.0.0", 8);
	assert_network(&peers[2].network, "fd00::", 8);
	ck_assert(peers[3].is_target && peers[3].target == 1);
	ck_assert(!peers[4].is_target && peers[4].network.family == 0);
	ck_assert_str_eq(peers[4].text, "example.org");
	ck_assert(peers[5].is_target && peers[5].target == 0);
	ck_assert_str_eq(fault->parameters[1].name, "to");
	ck_assert_str_eq(fault->parameters[1].value,
		"10.0.0.1, 10.0.0.0/8, fd00::/8, db, example.org, users");
}
END_TEST

/* Only "to" is egress, only "from" ingress, both are both; neither leaves it to the kind. */
START_TEST(peers_say_the_direction)
{
	static const struct {
		const char *text;
		bool egress;
		bool ingress;
	} cases[] = {
		{AIM("to: db"), true, false},
		{AIM("from: db"), false, true},
		{AIM("to: db, from: 10.0.0.1"), true, true},
		{AIM("ports: 80"), false, false},
		{AIM("to: db, direction: egress"), true, false},
		{AIM("to: db, direction: both"), true, true},
		{AIM("from: db, direction: both"), true, true},
		{AIM("ports: 80, direction: ingress"), false, true},
	};

	for (int i = 0; i < COUNT(cases); i++) {
		const struct fault *fault = read_aim(cases[i].text);

		ck_assert_int_eq(fault->params->egress, cases[i].egress);
		ck_assert_int_eq(fault->params->ingress, cases[i].ingress);
		experiment_release(&experiment);
	}
}
END_TEST

START_TEST(the_rest_goes_for_both_directions)
{
	const struct fault *fault =
		read_aim(AIM("ports: [80, 8000-8100], local_ports: 22, protocol: tcp, dscp: EF, "
			     "family: ipv6, spare: [ssh, probes]"));
	const struct aim *aims[] = {&fault->params->egress_aim, &fault->params->ingress_aim};

	for (int i = 0; i < COUNT(aims); i++) {
		ck_assert_uint_eq(aims[i]->peer_port_count, 2);
		ck_assert_uint_eq(aims[i]->peer_ports[0].last, 80);
		ck_assert_uint_eq(aims[i]->peer_ports[1].first, 8000);
		ck_assert_uint_eq(aims[i]->peer_ports[1].last, 8100);
		ck_assert_uint_eq(aims[i]->local_port_count, 1);
		ck_assert_uint_eq(aims[i]->protocol, IPPROTO_TCP);
		ck_assert(aims[i]->has_dscp && aims[i]->dscp == 46);
		ck_assert_uint_eq(aims[i]->family, AF_INET6);
	}
	ck_assert(fault->aim.spare_ssh && fault->aim.spare_probes);
}
END_TEST

START_TEST(exclusions_are_peers_or_mappings)
{
	const struct fault *fault =
		read_aim(AIM("except: [db, { from: 10.0.0.0/8, ports: [1, 3-4], protocol: udp }]"));
	const struct exclusion *exclusions = fault->aim.exclusions;

	ck_assert_uint_eq(fault->aim.exclusion_count, 2);
	ck_assert(exclusions[0].peers.items[0].is_target);
	assert_network(&exclusions[1].peers.items[0].network, "10.0.0.0", 8);
	ck_assert_uint_eq(exclusions[1].peer_port_count, 2);
	ck_assert_uint_eq(exclusions[1].protocol, IPPROTO_UDP);
	ck_assert_str_eq(
		fault->parameters[1].value, "db, {from: 10.0.0.0/8, ports: 1, 3-4, protocol: udp}");
}
END_TEST

/* --- names --- */

START_TEST(host_names_have_addresses)
{
	static struct aim_network found[HOST_ADDRESSES_MAX];
	size_t count = 0;
	struct err err = {0};

	ck_assert_int_eq(host_name_resolve("localhost", 5000, found, &count, &err), 0);
	ck_assert_uint_ge(count, 1);
	ck_assert_int_eq(host_name_resolve("no-such-host.invalid", 5000, found, &count, &err), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.message, "no-such-host.invalid"));
}
END_TEST

static void run(const char *command)
{
	ck_assert_msg(system(command) == 0, "%s", command);
}

/* A name server that never answers. */
START_TEST(a_resolver_that_hangs_is_given_up)
{
	static struct aim_network found[HOST_ADDRESSES_MAX];
	size_t count;
	struct err err = {0};
	int64_t began;

	ck_assert_msg(unshare(CLONE_NEWNET | CLONE_NEWNS) == 0, "this test needs root");
	run("mount --make-rprivate / && mount -t tmpfs tmpfs /run &&"
	    " echo nameserver 10.1.1.2 >/run/resolv.conf &&"
	    " mount --bind /run/resolv.conf /etc/resolv.conf &&"
	    " ip link add silent type veth peer name deaf && ip link set deaf up && ip address add "
	    "10.1.1.1/24 dev silent &&"
	    " ip link set silent up &&"
	    " ip neighbour add 10.1.1.2 lladdr 02:00:00:00:00:02 dev silent");
	began = monotonic_ns();
	ck_assert_int_eq(host_name_resolve("example.org", 300, found, &count, &err), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	ck_assert_str_eq(err.message,
		"the resolver had no answer for the host name 'example.org' within 300 ms");
	ck_assert_int_ge(monotonic_ns() - began, 290000000);
	ck_assert_int_lt(monotonic_ns() - began, 2000000000);
	/* nobody is left behind */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(ssh_sessions_are_read)
{
	struct ssh_session session;

	ck_assert(ssh_session_parse("10.0.0.7 50022 10.0.0.1 22", &session));
	assert_network(&session.client, "10.0.0.7", 32);
	assert_network(&session.server, "10.0.0.1", 32);
	ck_assert_uint_eq(session.client_port, 50022);
	ck_assert_uint_eq(session.server_port, 22);
	ck_assert(ssh_session_parse("fd00::7 50022 fd00::1 2222", &session));
	assert_network(&session.client, "fd00::7", 128);
	ck_assert(!ssh_session_parse("10.0.0.7 50022 10.0.0.1", &session));
	ck_assert(!ssh_session_parse("10.0.0.7 0 10.0.0.1 22", &session));
	ck_assert(!ssh_session_parse("10.0.0.7 99999 10.0.0.1 22", &session));
	ck_assert(!ssh_session_parse("UNKNOWN 65535 UNKNOWN 65535", &session));
}
END_TEST

/* Little-endian words, as on the machines that this is tested on. */
START_TEST(tables_of_connections_are_read)
{
	struct ssh_session session;
	unsigned long long inode;

	ck_assert(ssh_socket_parse(
		"   1: 0100000A:0016 0700000A:C366 01 00000000:00000000 02:000A7214 00000000"
		"     0        0 345678 4 ffff 20 4 30 10 -1\n",
		&session, &inode));
	assert_network(&session.server, "10.0.0.1", 32);
	assert_network(&session.client, "10.0.0.7", 32);
	ck_assert_uint_eq(session.server_port, 22);
	ck_assert_uint_eq(session.client_port, 50022);
	ck_assert_uint_eq(inode, 345678);
	ck_assert(ssh_socket_parse("   2: 0000000000000000FFFF00000100000A:0016 "
				   "000000FD000000000000000007000000:C366 01 "
				   "00000000:00000000 02:0009 00000000 0 0 9 1\n",
		&session, &inode));
	assert_network(&session.server, "10.0.0.1", 32);
	assert_network(&session.client, "fd00::7", 128);
	ck_assert(!ssh_socket_parse("   1: 0100000A:0016 00000000:0000 0A 00000000:00000000 "
				    "00:00000000 00000000 0 0 345678 1\n",
		&session, &inode));
	ck_assert(!ssh_socket_parse("  sl  local_address rem_address   st\n", &session, &inode));
	ck_assert(!ssh_socket_parse("   1: 01000A:0016 0700000A:C366 01 00000000:00000000 02:0 0 0 "
				    "0 345678 4\n",
		&session, &inode));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("aim node");
	TCase *tests = tcase_create("aim node");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, aim_is_refused, 0, COUNT(invalid));
	tcase_add_test(tests, peers_are_told_apart);
	tcase_add_test(tests, peers_say_the_direction);
	tcase_add_test(tests, the_rest_goes_for_both_directions);
	tcase_add_test(tests, exclusions_are_peers_or_mappings);
	tcase_add_test(tests, host_names_have_addresses);
	tcase_add_test(tests, a_resolver_that_hangs_is_given_up);
	tcase_add_test(tests, ssh_sessions_are_read);
	tcase_add_test(tests, tables_of_connections_are_read);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
