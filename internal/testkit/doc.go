// Package testkit gives every package's tests a real PostgreSQL and the shared test data. Only test files import it.
//
// The server is the one that TEST_DATABASE_URL names; else a container, where a Docker engine answers; else a local one
// without Docker, shared by all test processes of the checkout. On it a template is migrated once for each state of the
// migrations folder, and each test gets a clone of its own, so that tests run in parallel and commit freely.
package testkit
