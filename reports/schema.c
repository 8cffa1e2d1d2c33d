/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/schema.h"

/* The file as it stands, so that there is one copy of it. The assembler finds it from where the
 * compiler was started: the root. */
__asm__(".pushsection .rodata, \"a\"\n"
	".global report_schema\n"
	".type report_schema, %object\n"
	"report_schema:\n"
	".incbin \"reports/report.schema.json\"\n"
	".byte 0\n"
	".size report_schema, . - report_schema\n"
	".popsection\n");
