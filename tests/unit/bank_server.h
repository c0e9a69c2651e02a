#ifndef TESTS_UNIT_BANK_SERVER_H
#define TESTS_UNIT_BANK_SERVER_H

/*
 * A PostgreSQL with a bank's tables and a connection to it, for all tests of a program: set-up and
 * tear-down functions of a group.
 */
#include "bank/bank_connection.h"
#include "bank/bank_schema.h"
#include "postgres_server.h"

static struct postgres_server server;
static struct bank_connection *bank;

static int bank_server_make(void **state)
{
	struct error err;

	(void)state;
	if (postgres_make(&server) != 0)
		return -1;
	bank = bank_connection_new(server.url, NULL);
	return bank_schema_make(bank, &err) == BANK_MADE ? 0 : -1;
}

static int bank_server_end(void **state)
{
	(void)state;
	bank_connection_free(bank);
	postgres_end(&server);
	return 0;
}

#endif
