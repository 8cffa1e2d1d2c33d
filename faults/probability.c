/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/probability.h"

#include <math.h>

uint32_t probability(double percent)
{
	return (uint32_t)rint(percent / 100.0 * UINT32_MAX);
}
