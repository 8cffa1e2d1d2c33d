/* SPDX-License-Identifier: Apache-2.0 */
#include "experiments/comparison.h"

#include <stddef.h>
#include <string.h>

#include "reports/mem.h"

bool comparison_take(const char **cursor, enum comparison *ret_comparison)
{
	/* Longer signs first: "<" begins "<=". */
	static const struct {
		const char *sign;
		enum comparison comparison;
	} signs[] = {
		{"<=", COMPARE_AT_MOST},
		{">=", COMPARE_AT_LEAST},
		{"==", COMPARE_EQUAL},
		{"<", COMPARE_LESS},
		{">", COMPARE_MORE},
		{"=", COMPARE_EQUAL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		const size_t length = strlen(signs[i].sign);

		if (strncmp(*cursor, signs[i].sign, length) != 0)
			continue;
		*cursor += length;
		*ret_comparison = signs[i].comparison;
		return true;
	}
	return false;
}

bool comparison_holds(enum comparison comparison, double observed, double limit)
{
	switch (comparison) {
	case COMPARE_LESS:
		return observed < limit;
	case COMPARE_AT_MOST:
		return observed <= limit;
	case COMPARE_AT_LEAST:
		return observed >= limit;
	case COMPARE_MORE:
		return observed > limit;
	case COMPARE_EQUAL:
		break;
	}
	return observed == limit;
}
