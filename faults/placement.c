/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/placement.h"

#define MODULES                                                                                    \
	"install the kernel's extra modules (linux-modules-extra, kernel-modules-extra), see "     \
	"\"perturb doctor\""

static bool needs_redirect(const struct placement *placement)
{
	return placement->direction == DIRECTION_INGRESS || placement->aimed ||
	       placement->segment || placement->shared;
}

/* The relay takes all that an interface sends by cls_u32, and only for the rest needs cls_bpf. */
static bool relay_can(const struct placement *placement, const struct features *features)
{
	return features_relay(features) && (features->bpf || !needs_redirect(placement));
}

static const char *qdisc_of(const struct placement *placement)
{
	return placement->bandwidth ? "tbf" : "netem";
}

static bool has_qdisc(const struct placement *placement, const struct features *features)
{
	return placement->bandwidth ? features->tbf : features->netem;
}

static bool netem_can(const struct placement *placement, const struct features *features)
{
	return has_qdisc(placement, features) &&
	       (!needs_redirect(placement) ||
		       (features_ifb(features) && (!placement->segment || features->tbf)));
}

/* The parts of the relay that are not there. */
#define LACKS_FORMAT "%s%s%s%s%s"
#define LACKS(features, all)                                                                       \
	(features)->clsact ? "" : " clsact", (features)->u32 ? "" : " cls_u32",                    \
		(features)->bpf || !(all) ? "" : " cls_bpf",                                       \
		(features)->mirred ? "" : " act_mirred", (features)->tun ? "" : " /dev/net/tun"

static int refuse_netem(
	const struct placement *placement, const struct features *features, struct err *err)
{
	const char *remedy = relay_can(placement, features) ? "; --engine relay would work" : "";

	if (!has_qdisc(placement, features))
		return err_set(err, ERR_UNAVAILABLE, 0,
			"this kernel has no sch_%s, which --engine netem needs%s",
			qdisc_of(placement), remedy);
	return err_set(err, ERR_UNAVAILABLE, 0,
		"--engine netem needs for %s what this kernel lacks:%s%s%s%s%s%s",
		placement->direction == DIRECTION_INGRESS ? "what arrives"
		: placement->aimed			  ? "some packets only"
		: placement->segment			  ? "segment"
							  : "an interface whose root is in use",
		features->ifb ? "" : " ifb", features->clsact ? "" : " clsact",
		features->bpf ? "" : " cls_bpf", features->mirred ? "" : " act_mirred",
		placement->segment && !features->tbf ? " sch_tbf" : "", remedy);
}

static int refuse_relay(
	const struct placement *placement, const struct features *features, struct err *err)
{
	return err_set(err, ERR_UNAVAILABLE, 0,
		"--engine relay needs what this kernel lacks:" LACKS_FORMAT "%s",
		LACKS(features, needs_redirect(placement)),
		netem_can(placement, features) ? "; --engine netem would work" : "");
}

static int refuse_both(
	const struct placement *placement, const struct features *features, struct err *err)
{
	const char *qdisc = has_qdisc(placement, features) ? "ifb" : NULL;

	return err_set(err, ERR_UNAVAILABLE, 0,
		"this kernel lacks %s%s for the netem engine, and for the relay" LACKS_FORMAT
		": " MODULES,
		qdisc != NULL ? "" : "sch_", qdisc != NULL ? qdisc : qdisc_of(placement),
		LACKS(features, needs_redirect(placement)));
}

int placement_choose(const struct placement *placement, const struct features *features,
	enum operation_type *ret_type, struct err *err)
{
	const bool netem = netem_can(placement, features);
	const bool relay = relay_can(placement, features);

	if (!features->root)
		return err_set(err, ERR_UNAVAILABLE, 0, "network faults need root");
	if (placement->engine == ENGINE_NETEM && !netem)
		return refuse_netem(placement, features, err);
	if (placement->engine == ENGINE_RELAY && !relay)
		return refuse_relay(placement, features, err);
	if (!netem && !relay)
		return refuse_both(placement, features, err);
	if (placement->engine == ENGINE_RELAY || !netem ||
		(placement->engine == ENGINE_AUTO && relay && placement->filtered &&
			needs_redirect(placement)))
		*ret_type = OPERATION_RELAY;
	else if (needs_redirect(placement))
		*ret_type = OPERATION_IFB;
	else
		*ret_type = placement->bandwidth ? OPERATION_TBF : OPERATION_NETEM;
	return 0;
}
