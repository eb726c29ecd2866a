package testkit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

const (
	templatePrefix = "threatwerk_template_"
	clonePrefix    = "threatwerk_test_"
	// templateLock keeps test processes from making the same template twice ("template" in ASCII).
	templateLock int64 = 0x74656d706c617465
)

// server is the PostgreSQL of this test process.
type server struct {
	url      string
	migrated func(ctx context.Context) (string, error)
	// handle keeps a local server from the garbage collector, which would close the pipe that holds it up.
	handle any
}

func newServer(address string) *server {
	s := &server{url: address}
	var (
		once     sync.Mutex
		template string
	)
	s.migrated = func(ctx context.Context) (string, error) {
		once.Lock()
		defer once.Unlock()
		if template != "" {
			return template, nil
		}
		var err error
		template, err = s.ensureTemplate(ctx)
		return template, err
	}
	return s
}

// exec runs one statement on a connection of its own: creating databases wants no transaction, and few of them at once.
func (s *server) exec(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, sql)
	return err
}

// ensureTemplate migrates a database named for the contents of the migrations folder, unless one is there. It gets its
// name only when it is whole.
func (s *server) ensureTemplate(ctx context.Context) (string, error) {
	dir := os.DirFS(filepath.Join(Root(), "migrations"))
	hash, err := hashFiles(dir)
	if err != nil {
		return "", err
	}
	name := templatePrefix + hash
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", templateLock); err != nil {
		return "", err
	}
	var exists bool
	err = conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&exists)
	if err != nil || exists {
		return name, err
	}
	draft := ident(name + "_draft")
	for _, sql := range []string{"drop database if exists " + draft + " with (force)", "create database " + draft} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return "", err
		}
	}
	if err := s.migrate(ctx, name+"_draft", dir); err != nil {
		return "", err
	}
	if _, err := conn.Exec(ctx, "alter database "+draft+" rename to "+ident(name)); err != nil {
		return "", err
	}
	return name, nil
}

// migrate leaves no connection behind: PostgreSQL copies only a template that nobody uses.
func (s *server) migrate(ctx context.Context, database string, dir fs.FS) error {
	address, err := withDatabase(s.url, database)
	if err != nil {
		return err
	}
	pool, err := pg.Open(ctx, pg.Config{URL: address, MaxConns: 1})
	if err != nil {
		return err
	}
	defer pool.Close()
	return pg.Migrate(ctx, pool, dir)
}

func hashFiles(dir fs.FS) (string, error) {
	files, err := fs.Glob(dir, "*.sql")
	if err != nil || len(files) == 0 {
		return "", fmt.Errorf("no migrations in %s: %w", filepath.Join(Root(), "migrations"), err)
	}
	h := sha256.New()
	for _, f := range files {
		b, err := fs.ReadFile(dir, f)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n", f, len(b))
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}
