package pg

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

var (
	errNoURL = errors.New("DATABASE_URL is not set")
	// What pgx says of a bad connection string may quote it; the password stands in it.
	errBadURL = errors.New("DATABASE_URL is not a connection string")
)

// SQLSTATE codes that this package acts upon (PostgreSQL documentation, appendix A).
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	tooManyConnections   = "53300"
	adminShutdown        = "57P01"
	crashShutdown        = "57P02"
	cannotConnectNow     = "57P03"
	invalidPassword      = "28P01"
	invalidAuthorization = "28000"
	noSuchDatabase       = "3D000"
	connectionClass      = "08"
)

// Problem turns a lost or refused connection into a problem of kind Unavailable, since trying again may help. Any other
// error, and nil, comes back as it is; so does an error that is a problem already.
func Problem(err error) error {
	var known *problem.Error
	if err == nil || errors.As(err, &known) || !lost(err) {
		return err
	}
	return unreachable(err)
}

// IsUnique reports whether err is a violation of this unique constraint or index; of any, when constraint is empty.
func IsUnique(err error, constraint string) bool { return violates(err, "23505", constraint) }

// IsForeignKey reports whether err is a violation of this foreign key; of any, when constraint is empty.
func IsForeignKey(err error, constraint string) bool { return violates(err, "23503", constraint) }

func violates(err error, code, constraint string) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == code && (constraint == "" || e.ConstraintName == constraint)
}

// lost reports whether the connection, and not the statement, is what failed.
func lost(err error) bool {
	if code := sqlState(err); code != "" {
		return gone(code)
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return true
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, puddle.ErrClosedPool) || pgconn.SafeToRetry(err)
}

func gone(code string) bool {
	switch code {
	case adminShutdown, crashShutdown, cannotConnectNow, tooManyConnections:
		return true
	}
	return strings.HasPrefix(code, connectionClass)
}

// mayComeUp reports whether waiting can help: not with a wrong password or a database that nobody made.
func mayComeUp(err error) bool {
	code := sqlState(err)
	return code == "" || gone(code)
}

func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// unreachable says what to do beside what happened.
func unreachable(cause error) error {
	return problem.Wrap(problem.Unavailable, cause, "database not reachable").Remediable("%s", remedy(cause))
}

func remedy(cause error) string {
	switch {
	case errors.Is(cause, errNoURL):
		return "set DATABASE_URL to something like postgres://user:password@host:5432/threatwerk"
	case errors.Is(cause, errBadURL):
		return "set DATABASE_URL to something like postgres://user:password@host:5432/threatwerk; in the password write /, @, #, ? and % as %2F, %40, %23, %3F and %25"
	}
	switch sqlState(cause) {
	case invalidPassword, invalidAuthorization:
		return "the server answers but refuses this user: check user, password and pg_hba.conf"
	case noSuchDatabase:
		return "the server answers but has no such database: create it, or correct the name in DATABASE_URL"
	case tooManyConnections:
		return "the server has no connection left: lower DB_MAX_OPEN_CONNS or raise max_connections"
	case cannotConnectNow, adminShutdown, crashShutdown:
		return "the server is starting or stopping: try again in a moment"
	}
	var dns *net.DNSError
	if errors.As(cause, &dns) {
		return "the host name is unknown here: check DATABASE_URL"
	}
	if errors.Is(cause, context.DeadlineExceeded) || isTimeout(cause) {
		return "nothing answers there, as when a security group blocks the port: allow the tasks' security group to reach the database's on port 5432"
	}
	return "check that DATABASE_URL names a running PostgreSQL that this machine may connect to"
}

// isTimeout: a blocked port swallows packets, a closed one refuses.
func isTimeout(err error) bool {
	var network net.Error
	return errors.As(err, &network) && network.Timeout()
}
