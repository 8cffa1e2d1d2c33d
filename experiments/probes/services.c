/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/probes/services.h"

#include <string.h>

#include "experiments/probes/http_client.h"
#include "experiments/probes/resolve.h"

int probe_services_begin(struct probe_services *services, struct loop *loop, struct err *err)
{
	memset(services, 0, sizeof(*services));
	services->loop = loop;
	services->resolve = resolve_new(loop);
	return http_client_new(loop, &services->http, err);
}

void probe_services_end(struct probe_services *services)
{
	http_client_free(services->http);
	resolve_free(services->resolve);
	memset(services, 0, sizeof(*services));
}
