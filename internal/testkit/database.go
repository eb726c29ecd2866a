package testkit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// PoolSize is how many connections a test's pool opens at most.
const PoolSize = 8

// DB is a pool on a migrated, empty database that belongs to this test alone and goes with it.
func DB(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return open(t, DatabaseURL(t))
}

// EmptyDB is a pool on a database without any schema.
func EmptyDB(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return open(t, clone(t, "template0"))
}

// DatabaseURL is the address of a migrated, empty database of this test, for tests that start whole programs.
func DatabaseURL(t testing.TB) string {
	t.Helper()
	s := theServer(t)
	ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
	defer cancel()
	template, err := s.migrated(ctx)
	if err != nil {
		t.Fatalf("prepare the test database: %v", err)
	}
	return clone(t, template)
}

const (
	setupTimeout = 2 * time.Minute
	closeTimeout = 10 * time.Second
)

func open(t testing.TB, address string) *pgxpool.Pool {
	t.Helper()
	pool, err := pg.Open(context.Background(), pg.Config{URL: address, MaxConns: PoolSize})
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	t.Cleanup(func() {
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			pool.Close()
		}()
		select {
		case <-closed:
		case <-time.After(closeTimeout):
			t.Errorf("the test still holds %d connections of its pool: rows not closed, or a worker not stopped?", pool.Stat().AcquiredConns())
		}
	})
	return pool
}

// clone copies a template into a new database, dropped when the test ends.
func clone(t testing.TB, template string) string {
	t.Helper()
	s := theServer(t)
	ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
	defer cancel()
	name := clonePrefix + randomWord()
	err := s.exec(ctx, fmt.Sprintf("create database %s template %s", ident(name), ident(template)))
	if err != nil {
		t.Fatalf("make the test database: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
		defer cancel()
		// Forced, since a program under test may have been killed a moment ago.
		if err := s.exec(ctx, fmt.Sprintf("drop database if exists %s with (force)", ident(name))); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	address, err := withDatabase(s.url, name)
	if err != nil {
		t.Fatalf("name the test database: %v", err)
	}
	return address
}

func ident(name string) string { return pgx.Identifier{name}.Sanitize() }

func randomWord() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// withDatabase names another database of the same server.
func withDatabase(address, name string) (string, error) {
	if !strings.Contains(address, "://") {
		// In key=value form the last word counts.
		return address + " dbname=" + name, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("TEST_DATABASE_URL is not a URL")
	}
	u.Path = "/" + name
	return u.String(), nil
}
