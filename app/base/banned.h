#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/*
 * Functions that C offers and this program does not use: a call of one is a compile error that
 * names it.  Each source below app/ includes this last, after the headers that declare them.
 */
#define BANNED(name) sideways_bans_##name

/* The mutexes that a thread holds are counted: a fiber must not wait with one (base/fiber.h). */
#ifdef PTHREAD_MUTEX_INITIALIZER
void fiber_count_lock(int change);
#define pthread_mutex_lock(mutex)   (fiber_count_lock(1), pthread_mutex_lock(mutex))
#define pthread_mutex_unlock(mutex) (fiber_count_lock(-1), pthread_mutex_unlock(mutex))
#endif

#undef strcpy
#define strcpy(a, b) BANNED(strcpy)
#undef strcat
#define strcat(a, b) BANNED(strcat)
#undef strncpy
#define strncpy(a, b, c) BANNED(strncpy)
#undef strncat
#define strncat(a, b, c) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef gets
#define gets(a) BANNED(gets)
#undef atoi
#define atoi(a) BANNED(atoi)
#undef atol
#define atol(a) BANNED(atol)
#undef strtok
#define strtok(a, b) BANNED(strtok)
#undef localtime
#define localtime(a) BANNED(localtime)
#undef gmtime
#define gmtime(a) BANNED(gmtime)
#undef ctime
#define ctime(a) BANNED(ctime)
#undef asctime
#define asctime(a) BANNED(asctime)
#undef alloca
#define alloca(a) BANNED(alloca)
#undef system
#define system(a) BANNED(system)
#undef popen
#define popen(a, b) BANNED(popen)

#endif
