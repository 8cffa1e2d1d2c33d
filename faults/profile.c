/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The figures are those that testers of web pages know, and keep to: by these, results can be
 * compared. Round trips are divided evenly between both directions, as their sources do.
 *
 * WebPageTest: www/settings/connectivity.ini.sample of WPO-Foundation/webpagetest.
 * Apple: the profile Wi-Fi of the Network Link Conditioner (Additional Tools for Xcode).
 * IMT-2020: Report ITU-R M.2410-0, Minimum requirements related to technical performance for
 * IMT-2020 radio interface(s), 2017: user experienced data rate, user plane latency of eMBB. Michel
 * et al.: A First Look at Starlink Performance, ACM IMC 2022, of the geostationary subscription
 * that they compare with.
 * Ookla: Above Maine, Starlink Twinkles, December 2024: medians of Speedtest.
 * Verizon: service level agreement of Internet Dedicated Services, mean round trip between New York
 * and London, and across the Pacific.
 */
#include "faults/profile.h"

#include <math.h>
#include <stddef.h>

#include "reports/mem.h"

/* Whole frames of Ethernet. */
#define FRAME_BYTES 1514.0

/* However slow the line is. */
#define LEAST_FRAMES 32.0

#define QUEUE_NS 5e8

#define LINE(up_kilobits, down_kilobits, round_trip_ms)                                            \
	.up = {.kilobits = (up_kilobits), .delay_ms = (round_trip_ms) / 2.0},                      \
	.down = {.kilobits = (down_kilobits), .delay_ms = (round_trip_ms) / 2.0}

/* A mean loss of 2% in bursts of 4: a choice of ours, of which there is no standard. */
#define BURSTS .loss = {.p = 0.51, .r = 25.0, .bad_loss = 100.0}

static const struct profile none = {.name = "none", .source = ""};
static const struct profile dial_up = {
	.name = "dial-up", .source = "WebPageTest", LINE(30, 49, 120)};
static const struct profile gsm = {.name = "2g", .source = "WebPageTest", LINE(256, 280, 800)};
static const struct profile edge = {.name = "edge", .source = "WebPageTest", LINE(200, 240, 840)};
static const struct profile slow_3g = {
	.name = "3g-slow", .source = "WebPageTest", LINE(400, 400, 400)};
static const struct profile umts = {.name = "3g", .source = "WebPageTest", LINE(768, 1600, 300)};
static const struct profile fast_3g = {
	.name = "3g-fast", .source = "WebPageTest", LINE(768, 1600, 150)};
static const struct profile slow_4g = {
	.name = "4g", .source = "WebPageTest", LINE(9000, 9000, 170)};
static const struct profile lte = {.name = "lte", .source = "WebPageTest", LINE(12000, 12000, 70)};
static const struct profile imt_2020 = {
	.name = "5g", .source = "IMT-2020, Report ITU-R M.2410", LINE(50000, 100000, 8)};
static const struct profile dsl = {.name = "dsl", .source = "WebPageTest", LINE(384, 1500, 50)};
static const struct profile cable = {
	.name = "cable", .source = "WebPageTest", LINE(1000, 5000, 28)};
static const struct profile fibre = {
	.name = "fibre", .source = "WebPageTest", LINE(5000, 20000, 4)};
static const struct profile satellite = {
	.name = "satellite", .source = "Michel et al., IMC 2022", LINE(10000, 100000, 600)};
static const struct profile starlink = {
	.name = "starlink", .source = "Ookla, December 2024", LINE(18000, 117000, 47)};
static const struct profile lossy_wifi = {.name = "lossy-wifi",
	.source = "Apple; the loss is ours",
	.up = {.kilobits = 33000, .delay_ms = 1, BURSTS},
	.down = {.kilobits = 40000, .delay_ms = 1, BURSTS}};
static const struct profile transatlantic = {
	.name = "transatlantic", .source = "Verizon's service level agreement", LINE(0, 0, 90)};
static const struct profile transpacific = {
	.name = "transpacific", .source = "Verizon's service level agreement", LINE(0, 0, 160)};

const struct profile *const profiles[] = {&none, &dial_up, &gsm, &edge, &slow_3g, &umts, &fast_3g,
	&slow_4g, &lte, &imt_2020, &dsl, &cable, &fibre, &satellite, &starlink, &lossy_wifi,
	&transatlantic, &transpacific, NULL};

const char *const profile_names[] = {"none", "dial-up", "2g", "edge", "3g-slow", "3g", "3g-fast",
	"4g", "lte", "5g", "dsl", "cable", "fibre", "satellite", "starlink", "lossy-wifi",
	"transatlantic", "transpacific", NULL};

_Static_assert(ARRAY_SIZE(profiles) == ARRAY_SIZE(profile_names), "a name for each profile");

struct impairment profile_impairment(int number, enum direction direction)
{
	const struct profile *profile = profiles[number];
	const struct link *link = direction == DIRECTION_EGRESS ? &profile->up : &profile->down;

	return (struct impairment){
		.delay_ns = (int64_t)(link->delay_ms * 1e6),
		.gemodel = link->loss,
		.rate_bits = (uint64_t)(link->kilobits * 1e3),
	};
}

uint32_t profile_queue_limit(const struct impairment *impairment)
{
	double frames_per_ns = (double)impairment->rate_bits / 8e9 / FRAME_BYTES;
	double ns = (double)(impairment->delay_ns + impairment->jitter_ns) + QUEUE_NS;

	if (impairment->rate_bits == 0)
		return 0;
	return (uint32_t)fmax(ceil(frames_per_ns * ns), LEAST_FRAMES);
}

static void rate_write(double kilobits, FILE *out)
{
	if (kilobits < 1000.0)
		fprintf(out, "%g kbit/s", kilobits);
	else
		fprintf(out, "%g Mbit/s", kilobits / 1000.0);
}

void profile_describe(const struct profile *profile, FILE *out)
{
	const struct link *up = &profile->up;
	const struct link *down = &profile->down;

	if (profile == &none) {
		fputs("no profile", out);
		return;
	}
	if (up->kilobits > 0.0) {
		rate_write(up->kilobits, out);
		fputs(" up, ", out);
		rate_write(down->kilobits, out);
		fputs(" down, ", out);
	}
	fprintf(out, "%g ms", up->delay_ms + down->delay_ms);
	if (up->loss.p > 0.0)
		fprintf(out, ", %.0f%% loss in bursts of %.0f",
			100.0 * up->loss.p / (up->loss.p + up->loss.r), 100.0 / up->loss.r);
	fprintf(out, " (%s)", profile->source);
}
