#include "table.h"
#include "_cgo_export.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// A table has no room for a pointer to what belongs to it, so each slot has a
// function of its own.
#define SLOT(n) static void *compile##n(void *arguments) { return semrobCompile(n, arguments); }
SLOT(0) SLOT(1) SLOT(2) SLOT(3) SLOT(4) SLOT(5) SLOT(6) SLOT(7)

static void *(*const compiling[SEMROB_MOST])(void *) = {
	compile0, compile1, compile2, compile3, compile4, compile5, compile6, compile7,
};

semrob_table *semrob_copy_table(const semrob_table *of, int slot) {
	semrob_table *table = malloc(of->size);
	if (table != NULL) {
		memcpy(table, of, of->size);
		table->functions[SEMROB_COMPILE] = (void *)compiling[slot];
	}
	return table;
}

void *semrob_call(const semrob_table *table, int function, void *arguments) {
	return ((void *(*)(void *))table->functions[function])(arguments);
}

void semrob_release(const semrob_serialize *result) {
	if (result->release != NULL) {
		result->release(result->holder);
	}
}

const semrob_table *semrob_open(const char *path, const char **message) {
	void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	if (library == NULL) {
		*message = dlerror();
		return NULL;
	}
	const semrob_table *(*get)(void) = (const semrob_table *(*)(void))dlsym(library, "GetPjrtApi");
	if (get == NULL) {
		*message = dlerror();
		return NULL;
	}
	const semrob_table *table = get();
	if (table == NULL) {
		*message = "it returns no function table";
	}
	return table;
}
