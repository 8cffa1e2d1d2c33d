/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/operation_check.h"

#include <ctype.h>
#include <signal.h>
#include <string.h>

#include "faults/device.h"
#include "faults/distribution_table.h"
#include "faults/impairment_check.h"
#include "faults/nft_filter.h"
#include "faults/qdisc.h"
#include "faults/tbf.h"

static bool is_terminated(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

/* Absolute, and without a way up. */
static bool is_plain_path(const char *text)
{
	size_t length = strlen(text);

	return text[0] == '/' && strstr(text, "/../") == NULL &&
	       (length < 3 || strcmp(text + length - 3, "/..") != 0);
}

/* As the kernel judges (dev_valid_name). */
static bool is_interface_name(const char *text)
{
	if (text[0] == '\0' || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return false;
	for (; *text != '\0'; text++)
		if (*text == '/' || *text == ':' || isspace((unsigned char)*text))
			return false;
	return true;
}

static bool has_namespace(const struct operation *operation)
{
	/* Wherever it leads: only the namespace with that inode is entered. */
	return operation->netns_path[0] == '/' && operation->netns_inode != 0;
}

static bool has_network_place(const struct operation *operation)
{
	return has_namespace(operation) && is_interface_name(operation->interface) &&
	       operation->interface_index != 0;
}

static bool is_possible_redirect(const struct operation *operation)
{
	return (operation->direction == DIRECTION_EGRESS ||
		       operation->direction == DIRECTION_INGRESS) &&
	       operation->filter_priority <= UINT16_MAX && aim_check(&operation->aim, NULL) == 0 &&
	       (!operation->segment || operation->mtu != 0);
}

/* On every interface but lo, or on one. */
static bool is_possible_filter(const struct operation *operation)
{
	return has_namespace(operation) &&
	       (operation->interface[0] == '\0' || is_interface_name(operation->interface)) &&
	       nft_filter_is_possible(&operation->filter, &operation->aim);
}

static bool has_process(const struct operation *operation)
{
	return operation->pid > 0 &&
	       (operation->cgroup[0] == '\0' || is_plain_path(operation->cgroup)) &&
	       operation->cgroup_version <= 2;
}

int operation_check(const struct operation *operation)
{
	bool good = false;

	if (operation->id == 0 || !operation_type_valid((int)operation->type) ||
		operation->pid < 0 || operation->deadline_ns < 0 ||
		!is_terminated(operation->netns_path, sizeof(operation->netns_path)) ||
		!is_terminated(operation->interface, sizeof(operation->interface)) ||
		!is_terminated(operation->command, sizeof(operation->command)) ||
		!is_terminated(operation->cgroup, sizeof(operation->cgroup)) ||
		!is_terminated(operation->tap, sizeof(operation->tap)) ||
		!is_terminated(operation->table, sizeof(operation->table)) ||
		impairment_check(&operation->impairment) < 0)
		return -1;
	switch (operation->type) {
	case OPERATION_NETEM:
	case OPERATION_TBF:
		good = has_network_place(operation);
		break;
	case OPERATION_RELAY:
	case OPERATION_IFB:
		good = has_network_place(operation) && is_possible_redirect(operation);
		break;
	case OPERATION_SIGNAL:
		good = has_process(operation) && operation->signal > 0 &&
		       operation->signal <= SIGRTMAX;
		break;
	case OPERATION_STOP:
		good = has_process(operation);
		break;
	case OPERATION_FREEZE:
		good = has_process(operation) && operation->cgroup[0] != '\0' &&
		       operation->cgroup_version != 0;
		break;
	case OPERATION_DNS:
		good = has_namespace(operation) && operation->interface[0] == '\0' &&
		       dns_rule_is_possible(&operation->dns);
		break;
	case OPERATION_NFT:
		good = is_possible_filter(operation);
		break;
	case OPERATION_RESET:
		good = has_namespace(operation) && aim_check(&operation->aim, NULL) == 0 &&
		       reset_state_bits(operation->reset.states) != 0;
		break;
	}
	return good ? 0 : -1;
}

int operation_check_journalled(const struct operation *operation)
{
	if (operation_check(operation) < 0)
		return -1;
	switch (operation->type) {
	case OPERATION_NETEM:
	case OPERATION_TBF:
		return operation->handle == QDISC_HANDLE ? 0 : -1;
	case OPERATION_RELAY:
		return device_is_ours(operation->tap, TAP_PREFIX) ? 0 : -1;
	case OPERATION_IFB:
		return device_is_ours(operation->tap, IFB_PREFIX) ? 0 : -1;
	case OPERATION_DNS:
	case OPERATION_NFT:
		return nft_table_is_ours(operation->table) ? 0 : -1;
	case OPERATION_SIGNAL:
	case OPERATION_STOP:
	case OPERATION_FREEZE:
	case OPERATION_RESET:
		break;
	}
	return 0;
}
