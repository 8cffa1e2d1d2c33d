/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/instance.h"

#include <stdlib.h>
#include <string.h>

static void interface_release(struct interface *interface)
{
	for (size_t i = 0; i < interface->address_count; i++)
		free(interface->addresses[i]);
	free(interface->addresses);
}

void instance_release(struct instance *instance)
{
	if (instance == NULL)
		return;
	for (size_t i = 0; i < instance->interface_count; i++)
		interface_release(&instance->interfaces[i]);
	free(instance->interfaces);
	free(instance->id);
	free(instance->name);
	free(instance->image);
	free(instance->state);
	memset(instance, 0, sizeof(*instance));
}
