#include "stats/compare.h"

#include <math.h>

bool lab_changes_nothing(const struct lab_interval *ratio)
{
    return ratio->low >= 1 - LAB_NOTHING && ratio->high <= 1 + LAB_NOTHING; /* a NaN is false */
}

enum lab_difference lab_difference(const struct lab_interval *ratio)
{
    if (isnan(ratio->low) || isnan(ratio->high))
        return LAB_TOO_FEW;
    if (ratio->high < 1)
        return LAB_SMALLER;
    if (ratio->low > 1)
        return LAB_LARGER;
    return lab_changes_nothing(ratio) ? LAB_NO_CHANGE : LAB_CANNOT_TELL;
}

bool lab_differs(const struct lab_interval *ratio)
{
    enum lab_difference difference = lab_difference(ratio);
    return difference == LAB_SMALLER || difference == LAB_LARGER;
}
