/*
 * How fast tokens are counted, and what that takes: bench/vocabulary FILE...
 *
 *	make -C build bench/vocabulary && build/bench/vocabulary docs/operate.md
 *
 * Each file is counted as one text again and again for half a second of processor time.  Memory is
 *what the process holds of its own (Private_Dirty) and what it shares with others (the tables, in
 *the program's file).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vocabulary/vocabulary.h"

static double processor_s(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static void measure(const char *path, struct slice text, enum vocabulary_id id, const char *name)
{
	static struct vocabulary_memo memo;
	double begin = processor_s(), took;
	int64_t tokens = 0;
	long rounds = 0;

	do {
		vocabulary_memo_begin(&memo, text.len);
		tokens = vocabulary_tokens(id, text, &memo);
		rounds++;
		took = processor_s() - begin;
	} while (took < 0.5);
	printf("%-8s %8.1f MB/s  %5.2f bytes a token  %s\n", name,
	    (double)text.len * (double)rounds / took / 1e6, (double)text.len / (double)tokens,
	    path);
}

static void print_memory(void)
{
	long shared = 0, own = 0, kb;
	char line[256];
	FILE *file = fopen("/proc/self/smaps_rollup", "r");

	while (file && fgets(line, sizeof line, file)) {
		if (sscanf(line, "Private_Dirty: %ld", &kb) == 1)
			own = kb;
		if (sscanf(line, "Rss: %ld", &kb) == 1)
			shared = kb - own;
	}
	printf("memory: %ld KB of its own, %ld KB that processes share\n", own, shared);
	if (file)
		fclose(file);
}

static const struct {
	enum vocabulary_id id;
	const char *name;
} names[] = {
	{ VOCABULARY_O200K, "o200k" },
	{ VOCABULARY_CL100K, "cl100k" },
	{ VOCABULARY_QWEN, "qwen 3" },
	{ VOCABULARY_QWEN_3_5, "qwen 3.5" },
	{ VOCABULARY_DEEPSEEK, "deepseek" },
	{ VOCABULARY_TEKKEN, "tekken" },
	{ VOCABULARY_GEMMA, "gemma" },
	{ VOCABULARY_CLAUDE, "claude 3" },
	{ VOCABULARY_CLAUDE_MARKED, "claude" },
};

int main(int argc, char **argv)
{
	print_memory();
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		char *text = malloc(64 << 20);
		size_t len = file && text ? fread(text, 1, 64 << 20, file) : 0;

		if (len) {
			for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
				measure(argv[i], (struct slice){ text, len }, names[k].id,
				    names[k].name);
		}
		if (file)
			fclose(file);
		free(text);
	}
	print_memory();
	return 0;
}
