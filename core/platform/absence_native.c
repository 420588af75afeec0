#include "platform/absence.h"

struct lab_absence lab_absence(void)
{
    return (struct lab_absence){0, 0};
}
