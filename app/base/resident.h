#ifndef BASE_RESIDENT_H
#define BASE_RESIDENT_H

/*
 * How much memory a serving process keeps resident.
 *
 * Starting touches several megabytes that serving never needs again: relocations of shared
 * libraries, the start-up of TLS, the reader of settings.  Giving them back takes them out of what
 * the process is charged for (ps, a host's limits); what is needed after all comes back from the
 * page cache by itself.
 */

/* Once, when everything is loaded and nobody is served yet.  From then on free memory is kept for
 * the next large body: giving it back and taking it again costs a third of such a request. */
void resident_trim(void);

/* Now and then: gives back what stands free, where it is much. */
void resident_rest(void);

#endif
