/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/resolver_spares.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "reports/mem.h"

#define SERVER_PORT 53

int resolver_spares_add(struct resolver_spares *spares, int descriptor, sa_family_t family)
{
	if (spares->count == ARRAY_SIZE(spares->sockets))
		return EMFILE;
	spares->sockets[spares->count++] = (struct resolver_spare){descriptor, family, false};
	return 0;
}

static int connect_to(int descriptor, const struct dns_address *server)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(SERVER_PORT)};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(SERVER_PORT)};

	memcpy(&in6.sin6_addr, server->bytes, sizeof(in6.sin6_addr));
	memcpy(&in.sin_addr, server->bytes, sizeof(in.sin_addr));
	return server->family == AF_INET
		       ? connect(descriptor, (const struct sockaddr *)&in, sizeof(in))
		       : connect(descriptor, (const struct sockaddr *)&in6, sizeof(in6));
}

int resolver_spares_connect(
	struct resolver_spares *spares, const struct dns_address *server, bool *ret_failed)
{
	*ret_failed = false;
	for (size_t i = 0; i < spares->count; i++) {
		struct resolver_spare *spare = &spares->sockets[i];

		if (spare->family != server->family || spare->used)
			continue;
		spare->used = true;
		if (connect_to(spare->descriptor, server) == 0 || errno == EINPROGRESS)
			return spare->descriptor;
		resolver_spares_give_back(spares, spare->descriptor);
		*ret_failed = true;
		return -1;
	}
	return -1;
}

void resolver_spares_give_back(struct resolver_spares *spares, int descriptor)
{
	const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

	/* A socket that is connected to nobody can be connected again, and keeps its mark. */
	(void)connect(descriptor, &nobody, sizeof(nobody));
	for (size_t i = 0; i < spares->count; i++)
		if (spares->sockets[i].descriptor == descriptor)
			spares->sockets[i].used = false;
}

void resolver_spares_close(struct resolver_spares *spares)
{
	for (size_t i = 0; i < spares->count; i++)
		close(spares->sockets[i].descriptor);
	spares->count = 0;
}
