#if defined(__linux__)
#include <malloc.h>
#include <stdlib.h>

// keep_memory makes glibc's malloc keep large freed blocks. It runs when the
// program is loaded, because the number of arenas is fixed once a second thread
// has allocated. The user's settings in the environment take precedence.
__attribute__((constructor)) static void keep_memory(void) {
#if defined(__GLIBC__)
	if (getenv("GLIBC_TUNABLES") != NULL || getenv("MALLOC_ARENA_MAX") != NULL || getenv("MALLOC_MMAP_MAX_") != NULL) {
		return;
	}
	mallopt(M_ARENA_MAX, 1);                  // other arenas cannot hold blocks above 64 MB
	mallopt(M_MMAP_MAX, 0);                   // no separate mapping for a block
	mallopt(M_TRIM_THRESHOLD, 0x7fffffff);    // keep up to 2 GB
#endif
}
#endif
