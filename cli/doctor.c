/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "cli/command.h"
#include "faults/system_calls.h"
#include "reports/mem.h"

#define MODULES                                                                                    \
	"install the kernel's extra modules (linux-modules-extra, kernel-modules-extra) or use "   \
	"another kernel"

void doctor_line(bool well, const char *name, const char *format, ...)
{
	va_list arguments;

	printf("%s   %-11s  ", well ? "ok" : "--", name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

static void show_kernel(void)
{
	struct utsname host;

	if (uname(&host) == 0)
		doctor_line(true, "kernel", "%s %s %s", host.sysname, host.release, host.machine);
}

static void show_privileges(const struct features *features)
{
	if (features->root)
		doctor_line(true, "privileges", "may enter and change network namespaces");
	else
		doctor_line(false, "privileges",
			"may not change anything, nor ask the kernel what it can do: run "
			"\"sudo perturb doctor\", in a container with --privileged --pid=host");
}

static void show_engines(const struct features *features)
{
	if (features->netem)
		doctor_line(true, "netem", "the kernel has sch_netem%s",
			features->netem_seed ? ", and --seed repeats its random numbers"
					     : "; only since Linux 6.6 does --seed repeat its "
					       "random numbers");
	else
		doctor_line(false, "netem", "no sch_netem%s%s",
			features_relay(features) ? ": the relay does its work" : "; ",
			features_relay(features) ? "" : MODULES);
	if (features->tbf)
		doctor_line(true, "tbf", "the kernel has sch_tbf, for bandwidth");
	else
		doctor_line(false, "tbf", "no sch_tbf%s%s",
			features_relay(features) ? ": the relay does its work" : "; ",
			features_relay(features) ? "" : MODULES);
	if (features_relay(features))
		doctor_line(true, "relay", "clsact, cls_u32, act_mirred and /dev/net/tun");
	else
		doctor_line(false, "relay", "lacks%s%s%s%s: %s", features->clsact ? "" : " clsact",
			features->u32 ? "" : " cls_u32", features->mirred ? "" : " act_mirred",
			features->tun ? "" : " /dev/net/tun",
			features->tun || !features->clsact ? MODULES
							   : "\"modprobe tun\", and in a container "
							     "--device /dev/net/tun");
}

/* What netem needs elsewhere than at the root of an interface. */
static void show_ifb(const struct features *features)
{
	if (features_ifb(features) && features->bpf)
		doctor_line(true, "ifb", "ifb and cls_bpf, for aims and for what arrives");
	else
		doctor_line(false, "ifb", "lacks%s%s: %s", features->ifb ? "" : " ifb",
			features->bpf ? "" : " cls_bpf",
			features_relay(features) && features->bpf
				? "the relay does aims, and what arrives"
				: MODULES);
}

static void show_packet_filter(const struct features *features)
{
	if (features->nf_tables && features->nft_reject && features->nft_connlimit &&
		features->nft_redirect)
		doctor_line(true, "nftables", "nf_tables with reject, ct count and redirect");
	else if (features->nf_tables)
		doctor_line(false, "nftables", "nf_tables lacks%s%s%s: %s",
			features->nft_reject ? "" : " nft_reject_inet",
			features->nft_connlimit ? "" : " nft_connlimit",
			features->nft_redirect ? "" : " nft_redir with nft_chain_nat", MODULES);
	else
		doctor_line(false, "nftables", "no nf_tables for the inet family: %s", MODULES);
}

static void show_sock_destroy(const struct features *features)
{
	if (features->sock_destroy)
		doctor_line(true, "sock_diag", "can destroy TCP connections");
	else
		doctor_line(false, "sock_diag",
			"cannot destroy TCP connections: no tcp_diag, or a kernel without "
			"CONFIG_INET_DIAG_DESTROY");
}

static void show_freezer(const struct features *features)
{
	if (features->freezer_v1 || features->freezer_v2)
		doctor_line(true, "freezer", "cgroup %s%s%s", features->freezer_v1 ? "v1" : "",
			features->freezer_v1 && features->freezer_v2 ? " and " : "",
			features->freezer_v2 ? "v2" : "");
	else
		doctor_line(false, "freezer",
			"no freezer cgroup: pause stops processes one by one, by SIGSTOP");
}

static void show_limits(void)
{
	if (system_calls_can_limit())
		doctor_line(
			true, "seccomp", "the custodian is limited to the system calls it uses");
	else
		doctor_line(false, "seccomp",
			"not in this kernel: the custodian works without a limit to its system "
			"calls");
}

static int run(const struct invocation *invocation)
{
	const struct features features = invocation->session->features;
	cleanup_free struct protection *policy = xcalloc(1, sizeof(*policy));
	bool recordable;
	bool lawful;

	show_kernel();
	show_privileges(&features);
	if (features.root) {
		show_engines(&features);
		show_ifb(&features);
		show_packet_filter(&features);
		show_sock_destroy(&features);
	}
	show_freezer(&features);
	show_limits();
	recordable = doctor_journals(features.root);
	lawful = doctor_policy(policy);
	doctor_targets(invocation->session->standby);
	if (!features.root || !recordable || !lawful) {
		doctor_probes();
		puts("\nNothing can be injected here as it is; \"perturb probe\" can measure.");
		return 3;
	}
	doctor_kinds(&features, policy);
	doctor_probes();
	return 0;
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "say what this kernel and machine can do, and what is missing",
	.arguments = "",
	.details = "Asks the kernel in a network namespace of its own and changes nothing. Exit\n"
		   "status 0 when something can be injected here, 3 otherwise.",
	.minimum_arguments = 0,
	.maximum_arguments = 0,
	.needs = NEEDS_TO_LOOK,
	.run = run,
};
