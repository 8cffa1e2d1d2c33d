/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cli/message.h"
#include "cli/policy_path.h"
#include "cli/runner.h"
#include "experiments/policy.h"
#include "reports/mem.h"

_Static_assert(sizeof(POLICY_FILE) <= sizeof(((struct protection *)0)->policy),
	"the path of the policy is too long");

int runner_protect(const struct invocation *invocation, struct runner_options *options)
{
	cleanup_free struct err_list *errors = xcalloc(1, sizeof(*errors));
	struct protection *protection = xcalloc(1, sizeof(*protection));

	options->protection = protection;
	options->plan.protection = protection;
	protection_init(protection);
	for (int thing = 0; thing < PROTECTED_COUNT; thing++)
		protection->permitted[thing] =
			invocation_has(invocation, protected_option((enum protected_thing)thing));
	if (policy_read(POLICY_FILE, protection, errors) >= 0)
		return 0;
	message_errors(errors);
	return -1;
}
