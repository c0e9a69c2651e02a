#ifndef CLI_REFERENCE_H
#define CLI_REFERENCE_H

/*
 * What the program's own tables say, as Markdown: settings (settings/schema.c), metrics
 * (views/metric_list.c), providers (providers/provider_list.c).  `sideways help TOPIC` prints it,
 * and docs/ holds the same text: packaging/make-docs puts it there, tests/cli/docs.sh compares.
 */

/* Is there such a topic? */
int reference_known(const char *topic);

/* part: a section of the settings ("litellm_params", "parameters") or the name of one, or NULL for
 * all.  Returns 0, or -1 when there is no such part: then it has said so on stderr. */
int reference_print(const char *topic, const char *part);

#endif
