#ifndef STORE_SQL_PARAMETER_H
#define STORE_SQL_PARAMETER_H

/*
 * The parameters of a statement in sql/, by name.  Whoever binds them does it in their order where
 * it can, and a literal stands in the program once (the linker sees to that): so most names are
 * known by where they stand, without being read.  For store/ only; any thread.
 */
#include "store/sql_names.h"

/* One that the statement does not have is a programmer's mistake (assert). */
const struct sql_parameter *sql_parameter_find(
    const struct sql_parameter *parameters, const char *name);

/* The same; *next is where it most likely stands, and is the one after it then. */
static inline const struct sql_parameter *sql_parameter_take(
    const struct sql_parameter **next, const struct sql_parameter *parameters, const char *name)
{
	const struct sql_parameter *found =
	    (*next)->name == name ? *next : sql_parameter_find(parameters, name);

	*next = found + 1;
	return found;
}

/* SQLite's number of a parameter with this sign, from 1. */
static inline int sql_sign_number(uint32_t sign)
{
	return (int)(sign & UINT8_MAX);
}

#endif
