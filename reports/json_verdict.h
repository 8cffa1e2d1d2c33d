/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_verdict - what the report says of tolerances and how sure it is, as JSON.
 */
#ifndef REPORTS_JSON_VERDICT_H
#define REPORTS_JSON_VERDICT_H

#include "reports/json_value.h"

/* "success_pct_interval", "latency_interval_ms", "verdict" and "tolerances". */
void json_put_verdict(cJSON *object, const struct report_probe_phase *phase);

/* "error_budget"; null where there is none. */
void json_put_budget(cJSON *object, const struct report_budget *budget);

#endif
