/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/doctor.h"
#include "experiments/targets/docker_api.h"
#include "experiments/targets/targets.h"
#include "reports/mem.h"

/* Does it answer? "/_ping" needs no version of the API. */
static int ping(const struct docker_endpoint *endpoint, struct err *err)
{
	cleanup_free char *body = NULL;
	struct docker_api *api;
	size_t length;
	int result;

	if (docker_api_new(endpoint, &api, err) < 0)
		return -1;
	result = docker_api_get(api, "/_ping", &body, &length, err);
	docker_api_free(api);
	return result;
}

static void show_runtime(const char *runtime, const char *advice)
{
	struct docker_endpoint endpoints[DOCKER_ENDPOINTS_MAX];
	size_t count = docker_endpoints(runtime, endpoints);

	for (size_t i = 0; i < count; i++) {
		struct err err = {0};

		if (ping(&endpoints[i], &err) == 0)
			doctor_line(true, runtime, "answers at %s", endpoints[i].address);
		else
			doctor_line(false, runtime, "%s", err.message);
	}
	if (count == 0)
		doctor_line(false, runtime, "no socket: %s", advice);
}

void doctor_targets(struct standby *standby)
{
	struct instance_list list = {0};
	struct err err = {0};
	size_t containers = 0;
	size_t namespaces = 0;

	show_runtime("docker", "start it, or say by DOCKER_HOST where it listens");
	show_runtime("podman",
		"\"systemctl start podman.socket\", or say by CONTAINER_HOST where it listens");
	/* What keeps an engine from answering was said above. */
	(void)targets_list(standby, &list, &err);
	for (size_t i = 0; i < list.count; i++) {
		containers += list.items[i].kind == INSTANCE_CONTAINER;
		namespaces += list.items[i].kind == INSTANCE_NETNS;
	}
	if (containers != 0 || namespaces != 0)
		doctor_line(true, "targets",
			"%zu containers, %zu named network namespaces; see \"perturb targets\"",
			containers, namespaces);
	else
		doctor_line(false, "targets",
			"no container and no named network namespace; \"perturb demo\" makes its "
			"own");
	instance_list_release(&list);
}
