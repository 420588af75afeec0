/* lab.wasm is nobody's child: its children are instances of isolate.wasm. */
#include "platform/parent.h"

size_t lab_parent_read(void *data, size_t size)
{
    (void)data;
    (void)size;
    return 0;
}

bool lab_parent_write(const void *data, size_t size, bool urgent)
{
    (void)data;
    (void)size;
    (void)urgent;
    return false;
}

int lab_parent_no_memory(void)
{
    return 1;
}

bool lab_parent_claim(void)
{
    return false;
}
