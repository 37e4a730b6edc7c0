#if defined(__linux__)
#include <malloc.h>
#include <stdlib.h>

// keep_memory tells glibc's malloc to keep large freed blocks. It runs when the
// program is loaded: once a second thread has allocated, the number of arenas is
// fixed. Settings of the user's own in the environment win.
__attribute__((constructor)) static void keep_memory(void) {
#if defined(__GLIBC__)
	if (getenv("GLIBC_TUNABLES") != NULL || getenv("MALLOC_ARENA_MAX") != NULL || getenv("MALLOC_MMAP_MAX_") != NULL) {
		return;
	}
	mallopt(M_ARENA_MAX, 1);                  // other arenas cannot hold blocks above 64 MB
	mallopt(M_MMAP_MAX, 0);                   // no mapping of its own for a block
	mallopt(M_TRIM_THRESHOLD, 0x7fffffff);    // up to 2 GB stay
#endif
}
#endif
