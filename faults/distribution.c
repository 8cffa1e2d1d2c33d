/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/distribution.h"

#include <math.h>
#include <stddef.h>

const char *const distribution_names[] = {
	[DISTRIBUTION_UNIFORM] = "uniform",
	[DISTRIBUTION_NORMAL] = "normal",
	[DISTRIBUTION_PARETO] = "pareto",
	[DISTRIBUTION_PARETONORMAL] = "paretonormal",
	NULL,
};

/* A polynomial by Horner's rule; the first coefficient belongs to the highest power. */
static double polynomial(const double *coefficients, size_t count, double x)
{
	double sum = 0.0;

	for (size_t i = 0; i < count; i++)
		sum = sum * x + coefficients[i];
	return sum;
}

/* The tail of the quantile function, for a probability below 0.02425. */
static double normal_tail(double probability)
{
	static const double numerator[] = {-7.784894002430293e-03, -3.223964580411365e-01,
		-2.400758277161838e+00, -2.549732539343734e+00, 4.374664141464968e+00,
		2.938163982698783e+00};
	static const double denominator[] = {7.784695709041462e-03, 3.224671290700398e-01,
		2.445134137142996e+00, 3.754408661907416e+00, 1.0};
	double q = sqrt(-2.0 * log(probability));

	return polynomial(numerator, 6, q) / polynomial(denominator, 5, q);
}

/* The quantile function of the standard normal distribution, by the rational approximation of
 * Peter J. Acklam (2003); its relative error is below 1.15e-9. */
static double normal_quantile(double probability)
{
	static const double numerator[] = {-3.969683028665376e+01, 2.209460984245205e+02,
		-2.759285104469687e+02, 1.383577518672690e+02, -3.066479806614716e+01,
		2.506628277459239e+00};
	static const double denominator[] = {-5.447609879822406e+01, 1.615858368580409e+02,
		-1.556989798598866e+02, 6.680131188771972e+01, -1.328068155288572e+01, 1.0};
	const double tail = 0.02425;
	double q;
	double r;

	if (probability < tail)
		return normal_tail(probability);
	if (probability > 1.0 - tail)
		return -normal_tail(1.0 - probability);
	q = probability - 0.5;
	r = q * q;
	return polynomial(numerator, 6, r) * q / polynomial(denominator, 6, r);
}

/* iproute2 walks x upwards in steps of 0.00005 from -10 and keeps the last x whose cumulative
 * probability, in 16384ths, rounds to the index: the quantile of the index plus one half, cut to
 * that grid. */
static int normal_deviate(int index)
{
	const double steps_per_unit = 20000.0;
	double x = normal_quantile((4.0 * index + 0.5) / 16384.0);

	x = floor((x + 10.0) * steps_per_unit) / steps_per_unit - 10.0;
	return (int)rint(x * DISTRIBUTION_SCALE);
}

/* Pareto with shape 3: mean 3/2, standard deviation 3/4 sqrt(4/3); iproute2 scales by 4/3. */
static int pareto_deviate(int index)
{
	double probability = (double)(DISTRIBUTION_SIZE - index) / DISTRIBUTION_SIZE;
	double x = (1.0 / cbrt(probability) - 1.5) * 4.0 / 3.0;

	return (int)rint(fmin(x * DISTRIBUTION_SCALE, INT16_MAX));
}

static int16_t clamp(int deviate)
{
	if (deviate < INT16_MIN)
		return INT16_MIN;
	if (deviate > INT16_MAX)
		return INT16_MAX;
	return (int16_t)deviate;
}

void distribution_fill(enum distribution distribution, int16_t table[DISTRIBUTION_SIZE])
{
	for (int i = 0; i < DISTRIBUTION_SIZE; i++) {
		switch (distribution) {
		case DISTRIBUTION_UNIFORM:
			return;
		case DISTRIBUTION_NORMAL:
			table[i] = clamp(normal_deviate(i));
			break;
		case DISTRIBUTION_PARETO:
			table[i] = clamp(pareto_deviate(i));
			break;
		case DISTRIBUTION_PARETONORMAL:
			table[i] = clamp((normal_deviate(i) + 3 * pareto_deviate(i)) / 4);
			break;
		}
	}
}
