#include "interpreters/globals.h"

#include <string.h>

#include "interpreters/heap.h"
#include "platform/error.h"

/* One block. The bytes come right after the head, and are aligned as the block is; the name comes
 * last. */
struct lab_global {
    _Alignas(LAB_HEAP_ALIGN) struct lab_global *next; /* in its chain */
    size_t size;                                      /* of the bytes */
    uint32_t hash;
};
_Static_assert(sizeof(struct lab_global) % LAB_HEAP_ALIGN == 0, "the bytes must be aligned");

static unsigned char *bytes_of(struct lab_global *global)
{
    return (unsigned char *)(global + 1);
}

static const char *name_of(struct lab_global *global)
{
    return (const char *)bytes_of(global) + global->size;
}

/* FNV-1a, 32 bits (Fowler, Noll, Vo). */
static uint32_t hash_of(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

/* Where the global hangs, or where it would. There are chains. */
static struct lab_global **find(const struct lab_globals *globals, uint32_t hash, const char *name)
{
    struct lab_global **at = &globals->chains[hash & (globals->chain_count - 1)];
    while (*at && ((*at)->hash != hash || strcmp(name_of(*at), name) != 0))
        at = &(*at)->next;
    return at;
}

/* False: no memory. Chains that are too long are still right. */
static bool grow(struct lab_globals *globals)
{
    uint32_t count = globals->chain_count ? 2 * globals->chain_count : 8;
    struct lab_global **chains = lab_zalloc(count * sizeof(struct lab_global *));
    if (!chains)
        return false;
    for (uint32_t i = 0; i < globals->chain_count; i++)
        for (struct lab_global *global = globals->chains[i], *next; global; global = next) {
            struct lab_global **chain = &chains[global->hash & (count - 1)];
            next = global->next;
            global->next = *chain;
            *chain = global;
        }
    lab_free(globals->chains);
    globals->chains = chains;
    globals->chain_count = count;
    return true;
}

int lab__globals_set(struct lab_globals *globals, const char *name, struct lab_bytes bytes)
{
    uint32_t hash = hash_of(name);
    size_t name_size = strlen(name) + 1;
    if (globals->count >= globals->chain_count && !grow(globals) && globals->chain_count == 0)
        return LAB_E_NOMEM;
    struct lab_global **at = find(globals, hash, name), *old = *at;
    if (old && old->size == bytes.size) {
        if (bytes.size) /* the bytes may be those that get gave */
            memmove(bytes_of(old), bytes.data, bytes.size);
        return 0;
    }
    if (bytes.size > PTRDIFF_MAX - sizeof(struct lab_global) - name_size)
        return LAB_E_NOMEM;
    struct lab_global *global = lab_alloc(sizeof *global + bytes.size + name_size);
    if (!global)
        return LAB_E_NOMEM;
    global->next = old ? old->next : NULL;
    global->size = bytes.size;
    global->hash = hash;
    if (bytes.size)
        memcpy(bytes_of(global), bytes.data, bytes.size);
    memcpy(bytes_of(global) + bytes.size, name, name_size);
    *at = global;
    if (old)
        lab_free(old);
    else
        globals->count++;
    return 0;
}

bool lab__globals_get(const struct lab_globals *globals, const char *name, struct lab_bytes *bytes)
{
    struct lab_global *global = globals->chain_count ? *find(globals, hash_of(name), name) : NULL;
    if (global)
        *bytes = (struct lab_bytes){bytes_of(global), global->size};
    return global != NULL;
}

bool lab__globals_delete(struct lab_globals *globals, const char *name)
{
    struct lab_global **at = globals->chain_count ? find(globals, hash_of(name), name) : NULL;
    struct lab_global *global = at ? *at : NULL;
    if (!global)
        return false;
    *at = global->next;
    globals->count--;
    lab_free(global);
    return true;
}
