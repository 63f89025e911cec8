#include "math/activation.h"

#include "base/assertion.h"
#include "rnn.h"

#include <math.h>

/* ---- one pair for each kind ------------------------------------------------------------------------------------ */

static void tanh_forward(const struct rnni_activation *f, float *a, size_t n)
{
    f->elementwise->tanh(a, n);
}

static void tanh_backward(const struct rnni_activation *f, float *d, const float *y, size_t n)
{
    f->elementwise->tanh_backward(d, y, n);
}

static void sigmoid_forward(const struct rnni_activation *f, float *a, size_t n)
{
    f->elementwise->sigmoid(a, n);
}

static void sigmoid_backward(const struct rnni_activation *f, float *d, const float *y, size_t n)
{
    f->elementwise->sigmoid_backward(d, y, n);
}

/* Compared so that a number that is none stays so. */
static void relu_forward(const struct rnni_activation *f, float *a, size_t n)
{
    (void)f;
    for (size_t i = 0; i < n; i++)
        a[i] = a[i] < RNNI_NEGLIGIBLE ? 0 : a[i];
}

static void relu_backward(const struct rnni_activation *f, float *d, const float *y, size_t n)
{
    (void)f;
    for (size_t i = 0; i < n; i++)
        d[i] = y[i] > 0 ? d[i] : 0;
}

static void hard_sigmoid_forward(const struct rnni_activation *f, float *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float y = rnni_elementwise_settled(f->alpha * a[i] + f->beta);
        y = y < 0 ? 0 : y;
        a[i] = y > 1 ? 1 : y;
    }
}

static void hard_sigmoid_backward(const struct rnni_activation *f, float *d, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        d[i] = y[i] > 0 && y[i] < 1 ? d[i] * f->alpha : 0;
}

static void leaky_relu_forward(const struct rnni_activation *f, float *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        a[i] = rnni_elementwise_settled(a[i] < 0 ? f->alpha * a[i] : a[i]);
}

static void leaky_relu_backward(const struct rnni_activation *f, float *d, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        d[i] = y[i] > 0 ? d[i] : f->alpha * d[i];
}

static void thresholded_relu_forward(const struct rnni_activation *f, float *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        a[i] = a[i] <= f->alpha ? 0 : rnni_elementwise_settled(a[i]);
}

static void scaled_tanh_forward(const struct rnni_activation *f, float *a, size_t n)
{
    f->elementwise->scale(a, f->beta, n);
    f->elementwise->tanh(a, n);
    for (size_t i = 0; i < n; i++)
        a[i] = rnni_elementwise_settled(f->alpha * a[i]);
}

/* a b (1 - tanh^2) with tanh = y / a */
static void scaled_tanh_backward(const struct rnni_activation *f, float *d, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        d[i] *= f->beta * (f->alpha - y[i] * (y[i] / f->alpha));
}

static void elu_forward(const struct rnni_activation *f, float *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        a[i] = rnni_elementwise_settled(a[i] < 0 ? f->alpha * expm1f(a[i]) : a[i]);
}

static void elu_backward(const struct rnni_activation *f, float *d, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        d[i] *= y[i] > 0 ? 1 : y[i] + f->alpha;
}

static void softsign_forward(const struct rnni_activation *f, float *a, size_t n)
{
    (void)f;
    for (size_t i = 0; i < n; i++)
        a[i] = isinf(a[i]) ? copysignf(1, a[i]) : rnni_elementwise_settled(a[i] / (1 + fabsf(a[i])));
}

static void softsign_backward(const struct rnni_activation *f, float *d, const float *y, size_t n)
{
    (void)f;
    for (size_t i = 0; i < n; i++)
        d[i] *= (1 - fabsf(y[i])) * (1 - fabsf(y[i]));
}

/* log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)) */
static void softplus_forward(const struct rnni_activation *f, float *a, size_t n)
{
    (void)f;
    for (size_t i = 0; i < n; i++)
        a[i] = rnni_elementwise_settled((a[i] < 0 ? 0 : a[i]) + log1pf(expf(-fabsf(a[i]))));
}

static void softplus_backward(const struct rnni_activation *f, float *d, const float *y, size_t n)
{
    (void)f;
    for (size_t i = 0; i < n; i++)
        d[i] *= -expm1f(-y[i]);
}

static void affine_forward(const struct rnni_activation *f, float *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        a[i] = rnni_elementwise_settled(f->alpha * a[i] + f->beta);
}

static void affine_backward(const struct rnni_activation *f, float *d, const float *y, size_t n)
{
    (void)y;
    f->elementwise->scale(d, f->alpha, n);
}

/* ---- the table ------------------------------------------------------------------------------------------------- */

enum wish { NONE, ANY, POSITIVE, NOT_NEGATIVE, NOT_ZERO };

static const struct {
    const char *name;
    struct rnni_activation activation; /* with the defaults of alpha and beta */
    enum wish alpha, beta;
} table[] = {
    [RNN_ACTIVATION_TANH] = {"tanh", {tanh_forward, tanh_backward, 0, 0, NULL}, NONE, NONE},
    [RNN_ACTIVATION_SIGMOID] = {"sigmoid", {sigmoid_forward, sigmoid_backward, 0, 0, NULL}, NONE, NONE},
    [RNN_ACTIVATION_RELU] = {"relu", {relu_forward, relu_backward, 0, 0, NULL}, NONE, NONE},
    [RNN_ACTIVATION_HARD_SIGMOID] = {"hard sigmoid",
                                     {hard_sigmoid_forward, hard_sigmoid_backward, 0.2f, 0.5f, NULL},
                                     POSITIVE,
                                     ANY},
    [RNN_ACTIVATION_LEAKY_RELU] = {"leaky relu",
                                   {leaky_relu_forward, leaky_relu_backward, 0.01f, 0, NULL},
                                   NOT_NEGATIVE,
                                   NONE},
    [RNN_ACTIVATION_THRESHOLDED_RELU] = {"thresholded relu",
                                         {thresholded_relu_forward, relu_backward, 1, 0, NULL},
                                         NOT_NEGATIVE,
                                         NONE},
    [RNN_ACTIVATION_SCALED_TANH] = {"scaled tanh",
                                    {scaled_tanh_forward, scaled_tanh_backward, 1, 1, NULL},
                                    NOT_ZERO,
                                    ANY},
    [RNN_ACTIVATION_ELU] = {"elu", {elu_forward, elu_backward, 1, 0, NULL}, NOT_NEGATIVE, NONE},
    [RNN_ACTIVATION_SOFTSIGN] = {"softsign", {softsign_forward, softsign_backward, 0, 0, NULL}, NONE, NONE},
    [RNN_ACTIVATION_SOFTPLUS] = {"softplus", {softplus_forward, softplus_backward, 0, 0, NULL}, NONE, NONE},
    [RNN_ACTIVATION_AFFINE] = {"affine", {affine_forward, affine_backward, 1, 0, NULL}, ANY, ANY},
};

struct rnni_activation rnni_activation_of(int64_t kind, double alpha, double beta)
{
    RNNI_ASSERT(kind >= 1 && kind <= RNNI_ACTIVATION_LAST);
    struct rnni_activation activation = table[kind].activation;
    activation.elementwise = rnni_elementwise();
    if (!isnan(alpha))
        activation.alpha = (float)alpha;
    if (!isnan(beta))
        activation.beta = (float)beta;
    return activation;
}

const char *rnni_activation_objection(int64_t kind, double alpha, double beta)
{
    RNNI_ASSERT(kind >= 1 && kind <= RNNI_ACTIVATION_LAST);
    enum wish wish = table[kind].alpha;
    if (!isnan(alpha) && wish == NONE)
        return "no alpha";
    if (!isnan(beta) && table[kind].beta == NONE)
        return "no beta";
    if (wish == POSITIVE && (float)alpha <= 0)
        return "alpha above 0";
    if (wish == NOT_NEGATIVE && alpha < 0)
        return "alpha of at least 0";
    if (wish == NOT_ZERO && (float)alpha == 0)
        return "alpha other than 0";
    return NULL;
}

const char *rnni_activation_name(int64_t kind)
{
    RNNI_ASSERT(kind >= 1 && kind <= RNNI_ACTIVATION_LAST);
    return table[kind].name;
}
